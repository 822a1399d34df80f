/** One patient, asked to answer one Questionnaire once. */
export interface Invitation {
  /** Of its Task. */
  readonly id: string;
  /** `Patient/{id}` */
  readonly patient: string;
  /** `url|version` */
  readonly questionnaire: string;
  /** Value of the identifier that its response will have; with it, the id of that response is known. */
  readonly intake: string;
  readonly responseId: string;
  readonly expires: Date;
  /** Taken back, or not given out yet: its link opens nothing. */
  readonly isClosed: boolean;
}

/** Invitations and their links; on disk. Calls may throw a Problem `store-unavailable`. */
export interface Invitations {
  /** A new one, closed: until its Task stands nobody may use its link. */
  prepare(asked: Pick<Invitation, 'patient' | 'questionnaire' | 'expires'>): Invitation;
  /** Its Task stands. */
  release(id: string): void;
  find(id: string): Invitation | null;
  /** The secret of its link: signed, and nothing about the patient in it. */
  tokenOf(invitation: Invitation): Promise<string>;
  /** Whose a token is. Rejects with a Problem `invitation-invalid` or `invitation-expired`. */
  read(token: string): Promise<Invitation>;
  /**
   * Uses the link up; of several who try, one does. `claim` is a secret of that one, who may ask again when the
   * answer was lost; null for none. → whether it is theirs
   */
  use(id: string, claim: string | null): boolean;
  /** Nobody gets in by its link any more. */
  close(id: string): void;
  /** Brings its Task up to what is known; goes on by itself until that is done. → whether the Task stands so now */
  tell(id: string): Promise<boolean>;
}
