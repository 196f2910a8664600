/** The worker has lost the run: it was declared lost, or has ended otherwise. */
export class RunTaken extends Error {
  override name = 'RunTaken';
}
