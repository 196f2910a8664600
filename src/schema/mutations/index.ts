import './run.ts';
import './state.ts';
import './job.ts';
import './schedule.ts';
import './move-resource.ts';
