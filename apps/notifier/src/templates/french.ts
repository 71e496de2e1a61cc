import { defineCatalogue } from "./catalogue.ts";

export const french = defineCatalogue({
  locale: "fr",
  words: {
    codeLife: "Il est valable {{life}} et ne sert qu’une fois.",
    linkLife: "Le lien est valable {{life}} et ne sert qu’une fois.",
    ignoreCode:
      "Si vous ne l’avez pas demandé, ignorez ce message. Ne communiquez ce code à personne.",
    ignoreLink:
      "Si vous ne l’avez pas demandé, ignorez ce message. Votre mot de passe reste inchangé.",
    ignoreMail: "Si ce n’était pas vous, ignorez ce message. Rien n’a changé.",
    notMe:
      "Si ce n’était pas vous, réinitialisez tout de suite votre mot de passe et prévenez-nous : {{support}}",
    notMeAlone: "Si ce n’était pas vous, réinitialisez tout de suite votre mot de passe.",
    tellUs: "Si ce n’était pas vous, prévenez-nous tout de suite : {{support}}",
    askByEmail: "Pas de code ? Demandez-le par e-mail.",
    askBySms: "Si les codes n’arrivent pas par e-mail, demandez le prochain par SMS.",
    openLink: "Choisir un nouveau mot de passe",
    signature: "Envoyé par {{app}}.",
    signatureWithHost: "Envoyé par {{app}}, {{host}}.",
    minute: "1 minute",
    minutes: "{{count}} minutes",
    methods: { totp: "application d’authentification", sms: "SMS", email: "e-mail" },
  },
  mails: {
    verify_email_code: {
      subject: "Confirmez votre adresse e-mail pour {{app}}",
      body: ["Saisissez ce code pour confirmer votre adresse e-mail pour {{app}} :"],
    },
    sign_in_code: {
      subject: "Votre code de connexion à {{app}}",
      body: ["Saisissez ce code pour vous connecter à {{app}} :"],
    },
    sign_up_code: {
      subject: "Votre code d’inscription à {{app}}",
      body: ["Saisissez ce code pour terminer votre inscription à {{app}} :"],
    },
    reset_password_code: {
      subject: "Réinitialisez votre mot de passe {{app}}",
      body: ["Saisissez ce code pour choisir un nouveau mot de passe pour {{app}} :"],
    },
    second_factor_code: {
      subject: "Terminez votre connexion à {{app}}",
      body: ["Saisissez ce code pour terminer votre connexion à {{app}} :"],
    },
    change_email_code: {
      subject: "Confirmez votre nouvelle adresse e-mail pour {{app}}",
      body: ["Saisissez ce code pour utiliser désormais cette adresse e-mail avec {{app}} :"],
    },
    reset_password_link: {
      subject: "Réinitialisez votre mot de passe {{app}}",
      body: ["Ouvrez ce lien pour choisir un nouveau mot de passe pour {{app}} :"],
    },
    already_signed_up: {
      subject: "Vous avez déjà un compte {{app}}",
      body: [
        "Quelqu’un, peut-être vous, a essayé de s’inscrire à {{app}} avec cette adresse e-mail. Un compte existe déjà.",
        "Si c’était vous, connectez-vous, ou réinitialisez votre mot de passe si vous l’avez oublié.",
      ],
    },
    account_locked: {
      subject: "Votre compte {{app}} est bloqué pour un moment",
      body: [
        "Après trop de tentatives de connexion échouées, votre compte est bloqué jusqu’au {{until}}.",
        "Vous pouvez attendre, ou réinitialiser votre mot de passe pour entrer maintenant.",
      ],
    },
    new_device: {
      subject: "Nouvelle connexion à votre compte {{app}}",
      body: [
        "Quelqu’un s’est connecté à votre compte depuis un appareil que nous ne connaissions pas :",
        "Appareil : {{device}}\nRéseau : {{address}}\nDate : {{at}}",
      ],
    },
    sign_in_after_failures: {
      subject: "Connexion à {{app}} après des échecs",
      body: [
        "Quelqu’un s’est connecté à votre compte après plusieurs tentatives échouées :",
        "Tentatives échouées : {{failures}}\nAppareil : {{device}}\nRéseau : {{address}}\nDate : {{at}}",
      ],
    },
    code_guessing: {
      subject: "Quelqu’un essaie de deviner vos codes {{app}}",
      body: [
        "De faux codes ont été saisis à plusieurs reprises pour votre compte, la dernière fois le {{at}}.",
        "Nous y avons mis fin. Ne communiquez un code à personne, pas même à nous.",
      ],
    },
    password_changed: {
      subject: "Votre mot de passe {{app}} a été modifié",
      body: ["Le mot de passe de votre compte a été modifié le {{at}}."],
    },
    password_reset: {
      subject: "Votre mot de passe {{app}} a été réinitialisé",
      body: [
        "Le mot de passe de votre compte a été réinitialisé le {{at}}. Tous les appareils ont été déconnectés.",
      ],
    },
    password_reset_forced: {
      subject: "Choisissez un nouveau mot de passe pour {{app}}",
      body: [
        "Pour protéger votre compte, votre ancien mot de passe n’est plus accepté.",
        "Sur la page de connexion, indiquez que vous avez oublié votre mot de passe, puis choisissez-en un nouveau.",
      ],
    },
    two_factor_enabled: {
      subject: "Connexion en deux étapes activée pour {{app}}",
      body: [
        "Depuis le {{at}}, la connexion à votre compte demande une seconde étape : {{method}}.",
      ],
    },
    two_factor_disabled: {
      subject: "Connexion en deux étapes désactivée pour {{app}}",
      body: [
        "Depuis le {{at}}, la connexion à votre compte ne demande plus cette étape : {{method}}.",
      ],
    },
    backup_code_used: {
      subject: "Un code de secours {{app}} a été utilisé",
      body: [
        "Un code de secours a servi à se connecter à votre compte le {{at}}.",
        "Codes de secours restants : {{left}}",
      ],
    },
    backup_codes_low: {
      subject: "Vos codes de secours {{app}} sont presque épuisés",
      body: [
        "Un code de secours a servi à se connecter à votre compte le {{at}}.",
        "Codes de secours restants : {{left}}. Créez-en de nouveaux dans les paramètres de sécurité de votre compte.",
      ],
    },
    backup_codes_replaced: {
      subject: "Nouveaux codes de secours {{app}}",
      body: [
        "De nouveaux codes de secours ont été créés le {{at}}. Les anciens ne fonctionnent plus.",
      ],
    },
    email_changed: {
      subject: "L’adresse e-mail de votre compte {{app}} a été modifiée",
      body: ["L’adresse e-mail de votre compte est devenue {{to}} le {{at}}."],
    },
    phone_changed: {
      subject: "Le numéro de téléphone de votre compte {{app}} a été modifié",
      body: ["Le numéro de téléphone de votre compte est devenu {{to}} le {{at}}."],
    },
    email_change_requested: {
      subject: "Demande de changement de votre adresse e-mail {{app}}",
      body: [
        "Le {{at}}, quelqu’un a demandé de remplacer l’adresse e-mail de votre compte par {{to}}.",
        "Elle ne change pas tant que la nouvelle adresse n’est pas confirmée.",
      ],
    },
    phone_change_requested: {
      subject: "Demande de changement de votre numéro {{app}}",
      body: [
        "Le {{at}}, quelqu’un a demandé de remplacer le numéro de téléphone de votre compte par {{to}}.",
        "Il ne change pas tant que le nouveau numéro n’est pas confirmé.",
      ],
    },
    phone_removed: {
      subject: "Votre numéro a été retiré de votre compte {{app}}",
      body: [
        "Le {{at}}, un autre compte a prouvé que le numéro {{phone}} est le sien. Il a été retiré du vôtre.",
      ],
    },
    connection_linked: {
      subject: "Connexion à {{app}} avec {{provider}} activée",
      body: ["Depuis le {{at}}, vous pouvez vous connecter à votre compte avec {{provider}}."],
    },
    connection_unlinked: {
      subject: "Connexion à {{app}} avec {{provider}} désactivée",
      body: ["Depuis le {{at}}, {{provider}} ne permet plus de se connecter à votre compte."],
    },
    api_key_created: {
      subject: "Nouvelle clé d’API pour votre compte {{app}}",
      body: [
        "Une clé d’API a été créée pour votre compte le {{at}}. Elle commence par {{prefix}}.",
      ],
    },
    account_claimed: {
      subject: "Votre compte {{app}} est bien à vous",
      body: [
        "Le {{at}}, vous avez prouvé que cette adresse e-mail est la vôtre. Quelqu’un d’autre s’était inscrit avec elle.",
        "Son mot de passe, ses appareils et ses réglages ont été retirés du compte.",
      ],
    },
    account_erased: {
      subject: "Votre compte {{app}} a été supprimé",
      body: ["Votre compte et les données que nous gardions sur vous ont été effacés le {{at}}."],
    },
    alert: {
      subject: "[{{severity}}] {{app}} : {{event}}",
      body: [
        "Événement : {{event}}\nGravité : {{severity}}\nNombre : {{count}}\nDepuis : {{since}}",
        "{{detail}}",
      ],
    },
  },
  sms: {
    verify_phone_code_sms:
      "{{code}} est votre code pour confirmer ce numéro pour {{app}}. Valable {{life}}. Gardez-le secret.",
    sign_in_code_sms:
      "{{code}} est votre code de connexion à {{app}}. Valable {{life}}. Gardez-le secret.",
    reset_password_code_sms:
      "{{code}} est votre code pour changer de mot de passe {{app}}. Valable {{life}}. Gardez-le secret.",
    second_factor_code_sms:
      "{{code}} est votre code pour valider la connexion à {{app}}. Valable {{life}}. Gardez-le secret.",
    change_phone_code_sms:
      "{{code}} est votre code pour utiliser ce numéro avec {{app}}. Valable {{life}}. Gardez-le secret.",
    phone_changed_sms:
      "Le numéro de votre compte {{app}} a changé. Si ce n'était pas vous, changez de mot de passe tout de suite.",
  },
} as const);
