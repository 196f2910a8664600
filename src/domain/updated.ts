/** What a verb answers that updates an object. */
export interface Updated {
  /** Id of the object. */
  id: string;
  /** False when it was as asked before. */
  isChanged: boolean;
}
