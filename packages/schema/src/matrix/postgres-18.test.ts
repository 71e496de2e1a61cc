import { describeMatrix } from "./testing/describe-matrix.ts";
import { describeRefusals } from "./testing/describe-refusals.ts";

describeMatrix();
describeRefusals();
