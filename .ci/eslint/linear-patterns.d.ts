import type { Rule } from 'eslint';

export declare const linearPatterns: Rule.RuleModule;
