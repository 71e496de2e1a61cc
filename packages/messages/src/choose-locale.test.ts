import { expect, test } from "vitest";
import { chooseLocale } from "./choose-locale.ts";

test.for([
  { header: "sw-KE,sw;q=0.9,en;q=0.8", locale: "sw" },
  { header: "de-DE,de;q=0.9,fr;q=0.5,en;q=0.4", locale: "fr" },
  { header: "en;q=0.4, fr ; q=0.8", locale: "fr" },
  { header: "en;q=0,sw;q=0.1", locale: "sw" },
  { header: "FR", locale: "fr" },
  { header: "fr,sw", locale: "fr" },
  { header: "*", locale: "en" },
  { header: "de", locale: "en" },
  { header: ";;;q=9,<script>,fr;q=x", locale: "en" },
  { header: "", locale: "en" },
  { header: null, locale: "en" },
  { header: undefined, locale: "en" },
])("of $header we choose $locale", ({ header, locale }) => {
  expect(chooseLocale(header)).toBe(locale);
});
