import { Type } from "typebox";

const strict = { additionalProperties: false };

/** What every call that sends a code answers. */
export const SentCodeSchema = Type.Object(
  {
    challengeId: Type.String(),
    expiresIn: Type.Integer({ description: "Seconds until the code ends." }),
    resendAfter: Type.Integer({ description: "Seconds until it may be sent again." }),
  },
  strict,
);

export const ChallengeId = Type.String({ minLength: 1, maxLength: 64 });

export const ChallengeParams = Type.Object({ challengeId: ChallengeId });
