import { defineCatalogue } from "./catalogue.ts";

export const english = defineCatalogue({
  locale: "en",
  words: {
    codeLife: "It is good for {{life}} and can be used once.",
    linkLife: "The link is good for {{life}} and can be used once.",
    ignoreCode: "If you did not ask for it, ignore this mail. Do not tell the code to anybody.",
    ignoreLink: "If you did not ask for it, ignore this mail. Your password stays as it is.",
    ignoreMail: "If this was not you, ignore this mail. Nothing has changed.",
    notMe: "If this was not you, reset your password at once and tell us: {{support}}",
    notMeAlone: "If this was not you, reset your password at once.",
    tellUs: "If this was not you, tell us at once: {{support}}",
    askByEmail: "Not arriving? Ask for it by email.",
    askBySms: "If your codes do not arrive by mail, ask for the next one by text message.",
    openLink: "Choose a new password",
    signature: "Sent by {{app}}.",
    signatureWithHost: "Sent by {{app}}, {{host}}.",
    minute: "1 minute",
    minutes: "{{count}} minutes",
    methods: { totp: "an authenticator app", sms: "text message", email: "email" },
  },
  mails: {
    verify_email_code: {
      subject: "Confirm your email address for {{app}}",
      body: ["Enter this code to confirm your email address for {{app}}:"],
    },
    sign_in_code: {
      subject: "Your sign-in code for {{app}}",
      body: ["Enter this code to sign in to {{app}}:"],
    },
    sign_up_code: {
      subject: "Your sign-up code for {{app}}",
      body: ["Enter this code to finish signing up for {{app}}:"],
    },
    reset_password_code: {
      subject: "Reset your password for {{app}}",
      body: ["Enter this code to choose a new password for {{app}}:"],
    },
    second_factor_code: {
      subject: "Finish signing in to {{app}}",
      body: ["Enter this code to finish signing in to {{app}}:"],
    },
    change_email_code: {
      subject: "Confirm your new email address for {{app}}",
      body: ["Enter this code to use this email address for {{app}} from now on:"],
    },
    reset_password_link: {
      subject: "Reset your password for {{app}}",
      body: ["Open this link to choose a new password for {{app}}:"],
    },
    already_signed_up: {
      subject: "You already have an account with {{app}}",
      body: [
        "Somebody, perhaps you, tried to sign up for {{app}} with this email address. There is an account with it already.",
        "If it was you, sign in, or reset your password if you have forgotten it.",
      ],
    },
    account_locked: {
      subject: "Your {{app}} account is locked for a while",
      body: [
        "After too many failed attempts to sign in, your account is locked until {{until}}.",
        "You can wait, or reset your password to get in now.",
      ],
    },
    new_device: {
      subject: "New sign-in to your {{app}} account",
      body: [
        "Somebody signed in to your account from a device that we had not seen before:",
        "Device: {{device}}\nNetwork: {{address}}\nTime: {{at}}",
      ],
    },
    sign_in_after_failures: {
      subject: "Sign-in to {{app}} after failed attempts",
      body: [
        "Somebody signed in to your account after several failed attempts:",
        "Failed attempts: {{failures}}\nDevice: {{device}}\nNetwork: {{address}}\nTime: {{at}}",
      ],
    },
    code_guessing: {
      subject: "Somebody is guessing your {{app}} codes",
      body: [
        "Wrong codes were entered for your account again and again, the last time on {{at}}.",
        "We stopped it. Do not tell a code to anybody, not even to us.",
      ],
    },
    password_changed: {
      subject: "Your {{app}} password was changed",
      body: ["The password of your account was changed on {{at}}."],
    },
    password_reset: {
      subject: "Your {{app}} password was reset",
      body: ["The password of your account was reset on {{at}}. All devices have been signed out."],
    },
    password_reset_forced: {
      subject: "Choose a new password for {{app}}",
      body: [
        "To keep your account safe, your old password is no longer accepted.",
        "On the sign-in page, say that you have forgotten your password, and choose a new one.",
      ],
    },
    two_factor_enabled: {
      subject: "Two-step sign-in is on for {{app}}",
      body: ["Signing in to your account asks for a second step since {{at}}: {{method}}."],
    },
    two_factor_disabled: {
      subject: "Two-step sign-in is off for {{app}}",
      body: ["Since {{at}}, signing in to your account no longer asks for this step: {{method}}."],
    },
    backup_code_used: {
      subject: "A backup code was used for {{app}}",
      body: [
        "A backup code was used to sign in to your account on {{at}}.",
        "Backup codes left: {{left}}",
      ],
    },
    backup_codes_low: {
      subject: "Your {{app}} backup codes are running out",
      body: [
        "A backup code was used to sign in to your account on {{at}}.",
        "Backup codes left: {{left}}. Make new ones in the security settings of your account.",
      ],
    },
    backup_codes_replaced: {
      subject: "New backup codes for {{app}}",
      body: ["New backup codes were made on {{at}}. The old ones no longer work."],
    },
    email_changed: {
      subject: "Your {{app}} email address was changed",
      body: ["The email address of your account was changed to {{to}} on {{at}}."],
    },
    phone_changed: {
      subject: "Your {{app}} phone number was changed",
      body: ["The phone number of your account was changed to {{to}} on {{at}}."],
    },
    email_change_requested: {
      subject: "Somebody asked to change your {{app}} email address",
      body: [
        "On {{at}}, somebody asked to change the email address of your account to {{to}}.",
        "It stays as it is until the new address is confirmed.",
      ],
    },
    phone_change_requested: {
      subject: "Somebody asked to change your {{app}} phone number",
      body: [
        "On {{at}}, somebody asked to change the phone number of your account to {{to}}.",
        "It stays as it is until the new number is confirmed.",
      ],
    },
    phone_removed: {
      subject: "Your phone number was removed from {{app}}",
      body: [
        "On {{at}}, another account proved that it has the phone number {{phone}}. It was removed from yours.",
      ],
    },
    connection_linked: {
      subject: "{{provider}} can now sign in to {{app}}",
      body: ["Since {{at}}, you can sign in to your account with {{provider}}."],
    },
    connection_unlinked: {
      subject: "{{provider}} can no longer sign in to {{app}}",
      body: ["Since {{at}}, {{provider}} can no longer be used to sign in to your account."],
    },
    api_key_created: {
      subject: "New API key for your {{app}} account",
      body: ["An API key was made for your account on {{at}}. It begins with {{prefix}}."],
    },
    account_claimed: {
      subject: "Your {{app}} account is yours",
      body: [
        "On {{at}} you proved that this email address is yours. Somebody else had signed up with it before.",
        "Their password, devices and settings have been removed from the account.",
      ],
    },
    account_erased: {
      subject: "Your {{app}} account was erased",
      body: ["Your account and what we kept about you was erased on {{at}}."],
    },
    alert: {
      subject: "[{{severity}}] {{app}}: {{event}}",
      body: [
        "Event: {{event}}\nSeverity: {{severity}}\nHow often: {{count}}\nSince: {{since}}",
        "{{detail}}",
      ],
    },
  },
  sms: {
    verify_phone_code_sms:
      "{{code}} is your code to confirm this number for {{app}}. Good for {{life}}. Tell nobody.",
    sign_in_code_sms: "{{code}} is your sign-in code for {{app}}. Good for {{life}}. Tell nobody.",
    reset_password_code_sms:
      "{{code}} is your code to reset your {{app}} password. Good for {{life}}. Tell nobody.",
    second_factor_code_sms:
      "{{code}} is your code to finish signing in to {{app}}. Good for {{life}}. Tell nobody.",
    change_phone_code_sms:
      "{{code}} is your code to use this number for {{app}}. Good for {{life}}. Tell nobody.",
    phone_changed_sms:
      "The phone number of your {{app}} account was changed. If this was not you, reset your password at once.",
  },
} as const);
