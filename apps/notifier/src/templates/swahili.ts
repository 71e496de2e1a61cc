import { defineCatalogue } from "./catalogue.ts";

export const swahili = defineCatalogue({
  locale: "sw",
  words: {
    codeLife: "Unatumika kwa {{life}}, mara moja tu.",
    linkLife: "Kiungo kinatumika kwa {{life}}, mara moja tu.",
    ignoreCode: "Kama hukuuomba, puuza barua hii. Usimpe mtu yeyote msimbo huu.",
    ignoreLink: "Kama hukukiomba, puuza barua hii. Nenosiri lako halijabadilika.",
    ignoreMail: "Kama si wewe, puuza barua hii. Hakuna kilichobadilika.",
    notMe: "Kama si wewe, weka upya nenosiri lako mara moja kisha utujulishe: {{support}}",
    notMeAlone: "Kama si wewe, weka upya nenosiri lako mara moja.",
    tellUs: "Kama si wewe, tujulishe mara moja: {{support}}",
    askByEmail: "Haufiki? Uombe kwa barua pepe.",
    askBySms: "Kama misimbo haifiki kwa barua pepe, omba unaofuata kwa SMS.",
    openLink: "Chagua nenosiri jipya",
    signature: "Imetumwa na {{app}}.",
    signatureWithHost: "Imetumwa na {{app}}, {{host}}.",
    minute: "dakika 1",
    minutes: "dakika {{count}}",
    methods: { totp: "programu ya uthibitishaji", sms: "SMS", email: "barua pepe" },
  },
  mails: {
    verify_email_code: {
      subject: "Thibitisha barua pepe yako ya {{app}}",
      body: ["Weka msimbo huu ili kuthibitisha barua pepe yako ya {{app}}:"],
    },
    sign_in_code: {
      subject: "Msimbo wako wa kuingia kwenye {{app}}",
      body: ["Weka msimbo huu ili kuingia kwenye {{app}}:"],
    },
    sign_up_code: {
      subject: "Msimbo wako wa kujisajili kwenye {{app}}",
      body: ["Weka msimbo huu ili kukamilisha kujisajili kwenye {{app}}:"],
    },
    reset_password_code: {
      subject: "Weka upya nenosiri lako la {{app}}",
      body: ["Weka msimbo huu ili kuchagua nenosiri jipya la {{app}}:"],
    },
    second_factor_code: {
      subject: "Kamilisha kuingia kwenye {{app}}",
      body: ["Weka msimbo huu ili kukamilisha kuingia kwenye {{app}}:"],
    },
    change_email_code: {
      subject: "Thibitisha barua pepe yako mpya ya {{app}}",
      body: ["Weka msimbo huu ili kutumia barua pepe hii kwenye {{app}} kuanzia sasa:"],
    },
    reset_password_link: {
      subject: "Weka upya nenosiri lako la {{app}}",
      body: ["Fungua kiungo hiki ili kuchagua nenosiri jipya la {{app}}:"],
    },
    already_signed_up: {
      subject: "Tayari una akaunti ya {{app}}",
      body: [
        "Mtu fulani, huenda ni wewe, alijaribu kujisajili kwenye {{app}} kwa barua pepe hii. Tayari ina akaunti.",
        "Kama ni wewe, ingia, au weka upya nenosiri lako ikiwa umelisahau.",
      ],
    },
    account_locked: {
      subject: "Akaunti yako ya {{app}} imefungwa kwa muda",
      body: [
        "Majaribio mengi ya kuingia yameshindwa, kwa hiyo akaunti yako imefungwa hadi {{until}}.",
        "Unaweza kusubiri, au kuweka upya nenosiri lako ili kuingia sasa.",
      ],
    },
    new_device: {
      subject: "Kifaa kipya kimeingia kwenye akaunti yako ya {{app}}",
      body: [
        "Mtu ameingia kwenye akaunti yako kutoka kwenye kifaa ambacho hatujawahi kukiona:",
        "Kifaa: {{device}}\nMtandao: {{address}}\nWakati: {{at}}",
      ],
    },
    sign_in_after_failures: {
      subject: "Kuingia kwenye {{app}} baada ya majaribio yaliyoshindwa",
      body: [
        "Mtu ameingia kwenye akaunti yako baada ya majaribio kadhaa yaliyoshindwa:",
        "Majaribio yaliyoshindwa: {{failures}}\nKifaa: {{device}}\nMtandao: {{address}}\nWakati: {{at}}",
      ],
    },
    code_guessing: {
      subject: "Mtu anabahatisha misimbo yako ya {{app}}",
      body: [
        "Misimbo isiyo sahihi imewekwa mara nyingi kwa akaunti yako, mara ya mwisho {{at}}.",
        "Tumelizuia jambo hilo. Usimpe mtu yeyote msimbo, hata sisi.",
      ],
    },
    password_changed: {
      subject: "Nenosiri lako la {{app}} limebadilishwa",
      body: ["Nenosiri la akaunti yako lilibadilishwa {{at}}."],
    },
    password_reset: {
      subject: "Nenosiri lako la {{app}} limewekwa upya",
      body: [
        "Nenosiri la akaunti yako liliwekwa upya {{at}}. Vifaa vyote vimeondolewa kwenye akaunti.",
      ],
    },
    password_reset_forced: {
      subject: "Chagua nenosiri jipya la {{app}}",
      body: [
        "Kwa usalama wa akaunti yako, nenosiri lako la zamani halikubaliwi tena.",
        "Kwenye ukurasa wa kuingia, chagua kwamba umesahau nenosiri, kisha uweke jipya.",
      ],
    },
    two_factor_enabled: {
      subject: "Kuingia kwa hatua mbili kumewashwa kwenye {{app}}",
      body: ["Tangu {{at}}, kuingia kwenye akaunti yako kunahitaji hatua ya pili: {{method}}."],
    },
    two_factor_disabled: {
      subject: "Kuingia kwa hatua mbili kumezimwa kwenye {{app}}",
      body: ["Tangu {{at}}, kuingia kwenye akaunti yako hakuhitaji tena hatua hii: {{method}}."],
    },
    backup_code_used: {
      subject: "Msimbo wa akiba wa {{app}} umetumika",
      body: [
        "Msimbo wa akiba ulitumika kuingia kwenye akaunti yako {{at}}.",
        "Misimbo ya akiba iliyobaki: {{left}}",
      ],
    },
    backup_codes_low: {
      subject: "Misimbo ya akiba ya {{app}} inakaribia kuisha",
      body: [
        "Msimbo wa akiba ulitumika kuingia kwenye akaunti yako {{at}}.",
        "Misimbo ya akiba iliyobaki: {{left}}. Tengeneza mipya kwenye mipangilio ya usalama ya akaunti yako.",
      ],
    },
    backup_codes_replaced: {
      subject: "Misimbo mipya ya akiba ya {{app}}",
      body: ["Misimbo mipya ya akiba ilitengenezwa {{at}}. Ya zamani haifanyi kazi tena."],
    },
    email_changed: {
      subject: "Barua pepe ya akaunti yako ya {{app}} imebadilishwa",
      body: ["Barua pepe ya akaunti yako ilibadilishwa kuwa {{to}}, {{at}}."],
    },
    phone_changed: {
      subject: "Namba ya simu ya akaunti yako ya {{app}} imebadilishwa",
      body: ["Namba ya simu ya akaunti yako ilibadilishwa kuwa {{to}}, {{at}}."],
    },
    email_change_requested: {
      subject: "Ombi la kubadilisha barua pepe yako ya {{app}}",
      body: [
        "Mnamo {{at}}, mtu aliomba barua pepe ya akaunti yako ibadilishwe kuwa {{to}}.",
        "Haitabadilika mpaka anwani mpya ithibitishwe.",
      ],
    },
    phone_change_requested: {
      subject: "Ombi la kubadilisha namba yako ya simu ya {{app}}",
      body: [
        "Mnamo {{at}}, mtu aliomba namba ya simu ya akaunti yako ibadilishwe kuwa {{to}}.",
        "Haitabadilika mpaka namba mpya ithibitishwe.",
      ],
    },
    phone_removed: {
      subject: "Namba yako ya simu imeondolewa kwenye {{app}}",
      body: [
        "Mnamo {{at}}, akaunti nyingine ilithibitisha kwamba ina namba {{phone}}. Imeondolewa kwenye akaunti yako.",
      ],
    },
    connection_linked: {
      subject: "Sasa unaweza kuingia kwenye {{app}} kwa {{provider}}",
      body: ["Tangu {{at}}, unaweza kuingia kwenye akaunti yako kwa {{provider}}."],
    },
    connection_unlinked: {
      subject: "{{provider}} imeondolewa kwenye akaunti yako ya {{app}}",
      body: ["Tangu {{at}}, huwezi tena kuingia kwenye akaunti yako kwa {{provider}}."],
    },
    api_key_created: {
      subject: "Ufunguo mpya wa API wa akaunti yako ya {{app}}",
      body: ["Ufunguo wa API ulitengenezwa kwa akaunti yako {{at}}. Unaanza na {{prefix}}."],
    },
    account_claimed: {
      subject: "Akaunti yako ya {{app}} sasa ni yako",
      body: [
        "Mnamo {{at}} ulithibitisha kwamba barua pepe hii ni yako. Mtu mwingine alikuwa amejisajili nayo.",
        "Nenosiri, vifaa na mipangilio yake vimeondolewa kwenye akaunti.",
      ],
    },
    account_erased: {
      subject: "Akaunti yako ya {{app}} imefutwa",
      body: ["Akaunti yako na taarifa zako tulizohifadhi zilifutwa {{at}}."],
    },
    alert: {
      subject: "[{{severity}}] {{app}}: {{event}}",
      body: [
        "Tukio: {{event}}\nUzito: {{severity}}\nMara ngapi: {{count}}\nTangu: {{since}}",
        "{{detail}}",
      ],
    },
  },
  sms: {
    verify_phone_code_sms:
      "{{code}} ni msimbo wako wa kuthibitisha namba hii kwa {{app}}. Unatumika kwa {{life}}. Usimpe mtu.",
    sign_in_code_sms:
      "{{code}} ni msimbo wako wa kuingia {{app}}. Unatumika kwa {{life}}. Usimpe mtu.",
    reset_password_code_sms:
      "{{code}} ni msimbo wako wa kuweka upya nenosiri la {{app}}. Unatumika kwa {{life}}. Usimpe mtu.",
    second_factor_code_sms:
      "{{code}} ni msimbo wako wa kukamilisha kuingia {{app}}. Unatumika kwa {{life}}. Usimpe mtu.",
    change_phone_code_sms:
      "{{code}} ni msimbo wako wa kutumia namba hii kwa {{app}}. Unatumika kwa {{life}}. Usimpe mtu.",
    phone_changed_sms:
      "Namba ya simu ya akaunti yako ya {{app}} imebadilishwa. Kama si wewe, weka upya nenosiri lako mara moja.",
  },
} as const);
