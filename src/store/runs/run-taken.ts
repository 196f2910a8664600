/** The worker does not execute the run any more: the run was declared lost, or it has ended. */
export class RunTaken extends Error {
  override name = 'RunTaken';
}
