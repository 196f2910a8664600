import { builder } from '../builder.ts';
import { RetryCause } from '../enums.ts';

export const RetryPolicyInput = builder.inputType('RetryPolicyInput', {
  description: 'How runs are to be retried that do not succeed.',
  fields: (t) => ({
    maxAttempts: t.int({
      required: true,
      description: 'Highest number of attempts, the first one included: 1 to 100. 1 for no retry.',
    }),
    initialDelaySeconds: t.float({
      description:
        'Time between the end of the first attempt and the earliest start of the second one, 0 to 86,400. 60 when absent.',
    }),
    backoffFactor: t.float({
      description: 'Each further delay is so many times as long as the one before: 1 to 10. 2 when absent.',
    }),
    maxDelaySeconds: t.float({ description: 'The longest delay, 0 to 86,400 seconds. 3,600 when absent.' }),
    retryOn: t.field({
      type: [RetryCause],
      description: 'The ends after which a run is retried. All when absent.',
    }),
  }),
});
