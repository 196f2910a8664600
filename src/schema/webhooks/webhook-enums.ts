import { storeEnum } from '../enums.ts';

export const WebhookEvent = storeEnum(
  'WebhookEvent',
  'What a webhook is told of. Starts of services are no runs here: they have events of their own. Later releases may add values.',
  {
    RUN_STARTED: 'A worker took a run.',
    RUN_SUCCEEDED: 'A run ended as SUCCEEDED.',
    RUN_FAILED: 'A run ended as FAILED.',
    RUN_CANCELLED: 'A run ended as CANCELLED.',
    RUN_TIMED_OUT: 'A run ended as TIMED_OUT.',
    RUN_LOST: 'A run ended as LOST.',
    TICK_SKIPPED:
      'A tick of a schedule started no run, because of an earlier run or because its job could not be started.',
    TICK_MISSED: 'A tick of a schedule started no run, because it was decided too late.',
    SCHEDULE_PAUSED:
      'A schedule was paused because as many of its runs in a row have failed as its `pauseAfterFailures` says.',
    SERVICE_STARTED: 'A process of a service was started.',
    SERVICE_STOPPED: 'A service does not run any more, and does not start again by itself.',
    SERVICE_RESTARTING: 'A service ended, and starts again soon.',
    SERVICE_FAILED: 'A service failed, and does not start again by itself.',
    TEST: '`testWebhook` was called.',
  },
);

export const WebhookFormat = storeEnum('WebhookFormat', 'What the requests of a webhook look like.', {
  STANDARD:
    'The event as JSON, `{ "type", "timestamp", "data" }`, signed as Standard Webhooks has it (https://www.standardwebhooks.com).',
  SLACK: 'A short text for people, `{ "text" }`, as Slack, Mattermost and Rocket.Chat take it.',
});

export const WebhookDisableReason = storeEnum('WebhookDisableReason', 'Why a webhook is disabled.', {
  REQUESTED: 'A mutation disabled it, or made it disabled.',
  GONE: 'Its receiver answered with the status 410: it wants no more requests.',
  FAILING: 'For three days, all requests have failed.',
});

export const WebhookDeliveryStatus = storeEnum('WebhookDeliveryStatus', 'How far a delivery is.', {
  PENDING: 'It waits for its next request.',
  DELIVERED: 'The receiver answered with a status from 200 to 299.',
  FAILED: 'It was given up: after the last request, or because its webhook was disabled.',
});
