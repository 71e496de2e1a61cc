import { Type } from "typebox";

/** The variables of what providers report, beside those of the providers themselves. */
export const callbackVariables = {
  SES_TOPIC_ARNS: Type.String({
    default: "",
    description: "the SNS topics on which Amazon SES publishes, comma-separated",
  }),
};

export const readTopicArns = (text: string): string[] =>
  text.split(",").flatMap((arn) => arn.trim() || []);
