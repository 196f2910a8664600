import { findService } from '../../domain/naming/references.ts';
import { followService } from '../../domain/services/follow-service.ts';
import { found } from '../found.ts';
import { builder } from '../builder.ts';
import { rowOfEvent } from '../find-row.ts';
import { Service } from './service.ts';
import { idOrPath } from '../naming/references.ts';

builder.subscriptionField('serviceUpdated', (t) =>
  t.field({
    type: Service,
    description:
      'A service: first as it is now, then whenever it changes, for example its status. Ends when the service is deleted.',
    args: {
      service: t.arg.id({
        required: true,
        description: idOrPath('Service'),
      }),
    },
    subscribe: async (_root, { service }, { store }) =>
      followService(store, await found(findService(store, service, ['service']))),
    resolve: ({ objectId }, _args, context, info) => rowOfEvent(context, info, 'Service', objectId),
  }),
);
