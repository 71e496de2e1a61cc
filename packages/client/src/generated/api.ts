// Made by `pnpm openapi` from openapi.json. Do not edit.

export interface paths {
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/signup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open an account
         * @description 201 where SIGNUP_MODE is open. 202 where it is verify_first: the account opens once otp/verify gets the code that was mailed, and a taken email gets the same answer.
         */
        post: operations["signUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My account */
        get: operations["getAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in */
        post: operations["signIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Trade a refresh token for its successor
         * @description In cookie mode the cookie serves, sent as application/json from a trusted page with X-CSRF-Token.
         */
        post: operations["refreshSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/csrf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/step-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove again who you are
         * @description A new session takes the place of the bearer's, which ends. It keeps what that session was opened with and adds what is proved now. Where the account has a second factor and the session did not pass it, a password leads to 2fa/verify, and the session stays.
         */
        post: operations["stepUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign out everywhere */
        post: operations["signOutEverywhere"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of my sessions */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What my access token says */
        get: operations["getSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My live sessions */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/otp/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a code
         * @description verify_email and verify_phone go to the bearer's own address or number, or to the number to add; sign_in and reset_password to the one given, with the same answer whether anybody has it. A deviceToken of that account keeps strangers from using up its sends.
         */
        post: operations["sendCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/otp/{challengeId}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send the same code again
         * @description A code that was asked for with a bearer or pending token needs the same one here.
         */
        post: operations["resendCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/otp/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Present a code
         * @description Verifies the address or number, makes the change, opens the account, signs in, or sets the new password. A code that was asked for with a bearer token needs the same session here.
         */
        post: operations["verifyCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/otp/{challengeId}/delivery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Was my code delivered?
         * @description The true status for who asked with a bearer or pending token; for anybody else what the challenge itself tells.
         */
        get: operations["getCodeDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My devices */
        get: operations["listDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke one of my devices and end its sessions */
        delete: operations["revokeDevice"];
        options?: never;
        head?: never;
        /** Name or trust one of my devices */
        patch: operations["changeDevice"];
        trace?: never;
    };
    "/api/auth/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to my account */
        get: operations["listSecurityEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/oauth/{provider}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/oauth/{provider}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/oauth/exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Trade the code of a provider's sign-in for a session
         * @description `link_required`: sign in as before, then link the identity by POST /connections.
         */
        post: operations["exchangeProviderCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/google": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with an ID token from Google
         * @description For apps in which Google's own library signs in. The token must be less than ten minutes old and is good once.
         */
        post: operations["signInWithGoogle"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My ways in by a provider */
        get: operations["listConnections"];
        put?: never;
        /**
         * Link a provider's identity to my account
         * @description Within 5 minutes of a sign-in or step-up. With the code that oauth/:provider/start led to, or with an ID token.
         */
        post: operations["linkConnection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/connections/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Unlink a provider's identity
         * @description Within 5 minutes of a sign-in or step-up.
         */
        delete: operations["unlinkConnection"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/email/change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change my email
         * @description Sends a code to the new address and a notice to the old one. otp/verify with the code makes the change. Needs a sign-in of the last five minutes.
         */
        post: operations["changeEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/phone/change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change my phone number
         * @description Sends a code to the new number and a notice to the account's email. otp/verify with the code makes the change. Needs a sign-in of the last five minutes.
         */
        post: operations["changePhone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password/change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change my password
         * @description Signs out everywhere else. Needs a sign-in at most 5 minutes old.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password/forgot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a reset link
         * @description The same answer whether or not anybody has the address.
         */
        post: operations["requestPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a new password by a reset link
         * @description Signs out everywhere and signs nobody in.
         */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa/challenge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send the code of a second step
         * @description With the pending token of a sign-in; or, for calls that ask a signed-in user for a factor, with a bearer token. It goes to the account's own verified number or address. Not to the one that the first step was proved by: the two must differ.
         */
        post: operations["sendSecondFactorCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pass the second step of a sign-in
         * @description The pending token is good for one session. A wrong code counts in a lane of the account's own, whatever the method: five in 15 minutes lock it. sms and email take the code last sent for this pending token. trustDevice leaves the second step out on this device for 30 days, or until a password or a factor changes.
         */
        post: operations["verifySecondFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa/totp/enroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Connect an authenticator app
         * @description Needs a sign-in or step-up of the last 5 minutes. The secret is shown this once and is no factor until it is confirmed, within 15 minutes. Asked for again before that, a new one takes its place. To connect another app, disconnect the first.
         */
        post: operations["enrollTotp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Switch the authenticator app on by a first code of it
         * @description Answers ten backup codes, shown this once; those made before are no longer good. All other sessions and the trust in devices end. The code is used up by this.
         */
        post: operations["confirmTotp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa/sms/enroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to use codes by text message
         * @description Needs a sign-in or step-up of the last 5 minutes. A code goes to the account's own verified number. Answers the other factors that could be used instead.
         */
        post: operations["enrollSmsCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa/sms/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Switch codes by text message on, by the one that was sent
         * @description Answers ten backup codes, shown this once; those made before are no longer good. All other sessions and the trust in devices end.
         */
        post: operations["confirmSmsCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa/email/enroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to use codes by mail
         * @description Needs a sign-in or step-up of the last 5 minutes. A code goes to the account's own verified address. A code by mail never makes a session multi-factor (acr stays aal1). Answers the other factors that could be used instead.
         */
        post: operations["enrollEmailCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa/email/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Switch codes by mail on, by the one that was sent
         * @description Answers ten backup codes, shown this once; those made before are no longer good. All other sessions and the trust in devices end.
         */
        post: operations["confirmEmailCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa/backup-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make new backup codes
         * @description Needs a sign-in or step-up of the last 5 minutes, and a factor. Those made before are no longer good.
         */
        post: operations["replaceBackupCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/2fa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My second factors */
        get: operations["listSecondFactors"];
        put?: never;
        post?: never;
        /**
         * Switch second factors off
         * @description Against the password, where the account has one, and any factor that is on. All of them go, with the backup codes; or the one that `only` names. All other sessions and the trust in devices end.
         */
        delete: operations["disableSecondFactors"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** My API keys */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make an API key
         * @description Needs a sign-in at most 5 minutes old. The key is in this answer alone.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke one of my API keys */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/api-keys/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Is this API key good?
         * @description For the services that a key is used at. Who holds the key may ask: no token is needed. Past a limit of its address, a key that does not exist answers 429; it is none either way.
         */
        post: operations["verifyApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything about me
         * @description As docs/personal-data.md lists it. Needs a sign-in at most 15 minutes old. One at a time, and a few an hour.
         */
        get: operations["exportAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Erase me
         * @description For good. Needs a sign-in at most 5 minutes old.
         */
        delete: operations["eraseAccount"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Accounts, page by page */
        get: operations["adminListUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The account with exactly this email or phone number
         * @description In the body, so that no address stands in a log of addresses called.
         */
        post: operations["adminFindUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An account and how much it is at risk */
        get: operations["adminGetUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/unlock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End every lock of an account
         * @description Needs a sign-in, or a step-up, of the last 5 minutes, with the second factor where you have one. Answers the account as it is then.
         */
        post: operations["adminUnlockUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shut an account and end its sessions
         * @description Needs a sign-in, or a step-up, of the last 5 minutes, with the second factor where you have one. Answers the account as it is then.
         */
        post: operations["adminDisableUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open an account again
         * @description Needs a sign-in, or a step-up, of the last 5 minutes, with the second factor where you have one. Answers the account as it is then.
         */
        post: operations["adminEnableUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/end-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign an account out everywhere
         * @description Needs a sign-in, or a step-up, of the last 5 minutes, with the second factor where you have one. Answers the account as it is then.
         */
        post: operations["adminEndUserSessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/force-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a password; its owner is told by mail
         * @description Needs a sign-in, or a step-up, of the last 5 minutes, with the second factor where you have one. Answers the account as it is then.
         */
        post: operations["adminForcePasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The deployment on one page */
        get: operations["adminGetOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Security events of everybody */
        get: operations["adminListEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/detections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attacks that were noticed, the newest first */
        get: operations["adminListDetections"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What became of everything that went to a recipient
         * @description No text and no code of a message is shown. The newest 50.
         */
        post: operations["adminFindDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description Others may join them.
         * @enum {string}
         */
        ProblemCode: "invalid_request" | "oauth_state_invalid" | "invalid_credentials" | "invalid_token" | "session_ended" | "token_reused" | "invalid_code" | "oauth_failed" | "invalid_link" | "password_expired" | "step_up_required" | "verified_contact_required" | "forbidden" | "csrf_refused" | "not_found" | "method_not_allowed" | "api_key_limit" | "factor_enabled" | "factor_unavailable" | "email_taken" | "link_required" | "connection_taken" | "last_sign_in_method" | "phone_taken" | "payload_too_large" | "unsupported_media_type" | "phone_not_supported" | "password_rejected" | "password_reused" | "account_locked" | "otp_cooldown" | "otp_limit" | "too_many_requests" | "request_timeout" | "request_header_too_large" | "internal_error" | "service_unavailable";
        Problem: {
            type: string;
            title: string;
            status: number;
            code: components["schemas"]["ProblemCode"];
            /** @description The id of the request, as in x-request-id. */
            instance: string;
            detail?: string;
            errors?: {
                /** @description A JSON pointer into the body. */
                pointer: string;
                message: string;
            }[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    signUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery staple",
                 *       "name": "Ada Lovelace"
                 *     }
                 */
                "application/json": {
                    email: string;
                    password: string;
                    name: string;
                    /** @description One of USER_TYPES; the first of them where it is left out. */
                    userType?: string;
                    phone?: string;
                    /**
                     * @description For browsers: refresh and device token come as cookies, not in the body.
                     * @enum {string}
                     */
                    transport?: "cookie";
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ",
                     *       "accessToken": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ",
                     *       "refreshToken": "prt_9Wc2Lx7Nq4Vt1Zb8Ym5Ks3Hd6Gf0Jr2Ea9Ui4Op7Xn",
                     *       "expiresIn": 300,
                     *       "tokenType": "Bearer",
                     *       "user": {
                     *         "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *         "email": "ada@example.com",
                     *         "name": "Ada Lovelace",
                     *         "userType": "client",
                     *         "emailVerified": true,
                     *         "createdAt": "2026-11-21T12:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": {
                        /**
                         * @description The same as accessToken, for older clients.
                         * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ
                         */
                        token: string;
                        /** @description A signed JWT (RFC 9068), to be sent as Bearer. */
                        accessToken: string;
                        /** @description Opaque. Good once; the answer holds its successor. A cookie in cookie mode. */
                        refreshToken?: string;
                        /** @description Seconds until the access token ends. */
                        expiresIn: number;
                        /** @enum {string} */
                        tokenType: "Bearer";
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                        /** @description Only for a new client: send it back at the next sign-in. */
                        deviceToken?: string;
                    };
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "challengeId": "0LBuBqP4cZ1yJYyR3oQ2sg",
                     *       "expiresIn": 300,
                     *       "resendAfter": 1
                     *     }
                     */
                    "application/json": {
                        challengeId: string;
                        /** @description Seconds until the code ends. */
                        expiresIn: number;
                        /** @description Seconds until it may be sent again. */
                        resendAfter: number;
                    };
                };
            };
        };
    };
    getAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": {
                     *         "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *         "email": "ada@example.com",
                     *         "name": "Ada Lovelace",
                     *         "userType": "client",
                     *         "emailVerified": true,
                     *         "createdAt": "2026-11-21T12:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": {
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                    };
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": {
                    email?: string;
                    phone?: string;
                    password: string;
                    /**
                     * @description For browsers: refresh and device token come as cookies, not in the body.
                     * @enum {string}
                     */
                    transport?: "cookie";
                    deviceToken?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description The same as accessToken, for older clients.
                         * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ
                         */
                        token: string;
                        /** @description A signed JWT (RFC 9068), to be sent as Bearer. */
                        accessToken: string;
                        /** @description Opaque. Good once; the answer holds its successor. A cookie in cookie mode. */
                        refreshToken?: string;
                        /** @description Seconds until the access token ends. */
                        expiresIn: number;
                        /** @enum {string} */
                        tokenType: "Bearer";
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                        /** @description Only for a new client: send it back at the next sign-in. */
                        deviceToken?: string;
                    } | {
                        /** @enum {boolean} */
                        twoFactorRequired: true;
                        /** @description Good for 2fa/challenge and 2fa/verify alone, for 5 minutes, once. */
                        pendingToken: string;
                        methods: ("totp" | "sms" | "email" | "backup_code")[];
                    };
                };
            };
        };
    };
    refreshSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "refreshToken": "prt_9Wc2Lx7Nq4Vt1Zb8Ym5Ks3Hd6Gf0Jr2Ea9Ui4Op7Xn"
                 *     }
                 */
                "application/json": {
                    refreshToken?: string;
                } | null;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ",
                     *       "accessToken": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ",
                     *       "refreshToken": "prt_9Wc2Lx7Nq4Vt1Zb8Ym5Ks3Hd6Gf0Jr2Ea9Ui4Op7Xn",
                     *       "expiresIn": 300,
                     *       "tokenType": "Bearer",
                     *       "user": {
                     *         "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *         "email": "ada@example.com",
                     *         "name": "Ada Lovelace",
                     *         "userType": "client",
                     *         "emailVerified": true,
                     *         "createdAt": "2026-11-21T12:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": {
                        /**
                         * @description The same as accessToken, for older clients.
                         * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ
                         */
                        token: string;
                        /** @description A signed JWT (RFC 9068), to be sent as Bearer. */
                        accessToken: string;
                        /** @description Opaque. Good once; the answer holds its successor. A cookie in cookie mode. */
                        refreshToken?: string;
                        /** @description Seconds until the access token ends. */
                        expiresIn: number;
                        /** @enum {string} */
                        tokenType: "Bearer";
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                        /** @description Only for a new client: send it back at the next sign-in. */
                        deviceToken?: string;
                    };
                };
            };
        };
    };
    stepUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                    /**
                     * @description For browsers: refresh and device token come as cookies, not in the body.
                     * @enum {string}
                     */
                    transport?: "cookie";
                } | {
                    /** @enum {unknown} */
                    method: "totp" | "sms" | "email" | "backup_code";
                    code: string;
                    /**
                     * @description For browsers: refresh and device token come as cookies, not in the body.
                     * @enum {string}
                     */
                    transport?: "cookie";
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description The same as accessToken, for older clients.
                         * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ
                         */
                        token: string;
                        /** @description A signed JWT (RFC 9068), to be sent as Bearer. */
                        accessToken: string;
                        /** @description Opaque. Good once; the answer holds its successor. A cookie in cookie mode. */
                        refreshToken?: string;
                        /** @description Seconds until the access token ends. */
                        expiresIn: number;
                        /** @enum {string} */
                        tokenType: "Bearer";
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                        /** @description Only for a new client: send it back at the next sign-in. */
                        deviceToken?: string;
                    } | {
                        /** @enum {boolean} */
                        twoFactorRequired: true;
                        /** @description Good for 2fa/challenge and 2fa/verify alone, for 5 minutes, once. */
                        pendingToken: string;
                        methods: ("totp" | "sms" | "email" | "backup_code")[];
                    };
                };
            };
        };
    };
    signOutEverywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sub": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *       "sid": "019a7d5e-70aa-7c11-8e55-3b6d9f2c4a08",
                     *       "expiresAt": "2026-11-28T12:00:00.000Z",
                     *       "authTime": "2026-11-21T12:00:00.000Z",
                     *       "amr": [
                     *         "pwd"
                     *       ]
                     *     }
                     */
                    "application/json": {
                        sub: string;
                        sid: string;
                        /** Format: date-time */
                        expiresAt: string;
                        /** Format: date-time */
                        authTime: string;
                        /** @description How the user signed in (RFC 8176). */
                        amr: string[];
                    };
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "sessions": [
                     *         {
                     *           "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "deviceName": "Firefox on Linux",
                     *           "ipAddress": "192.0.2.7",
                     *           "createdAt": "2026-11-21T12:00:00.000Z",
                     *           "lastUsedAt": "2026-11-21T12:00:00.000Z",
                     *           "expiresAt": "2026-11-28T12:00:00.000Z",
                     *           "isCurrent": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        sessions: {
                            id: string;
                            deviceName: string | null;
                            ipAddress: string | null;
                            /** Format: date-time */
                            createdAt: string;
                            /** Format: date-time */
                            lastUsedAt: string;
                            /** Format: date-time */
                            expiresAt: string;
                            isCurrent: boolean;
                        }[];
                    };
                };
            };
        };
    };
    sendCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "purpose": "sign_in",
                 *       "channel": "email",
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/json": {
                    /**
                     * @example sign_in
                     * @enum {unknown}
                     */
                    purpose: "verify_email" | "verify_phone" | "sign_in" | "reset_password";
                    /** @enum {unknown} */
                    channel: "email" | "sms";
                    email?: string;
                    phone?: string;
                    /**
                     * @description For browsers: refresh and device token come as cookies, not in the body.
                     * @enum {string}
                     */
                    transport?: "cookie";
                    deviceToken?: string;
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "challengeId": "0LBuBqP4cZ1yJYyR3oQ2sg",
                     *       "expiresIn": 300,
                     *       "resendAfter": 1
                     *     }
                     */
                    "application/json": {
                        challengeId: string;
                        /** @description Seconds until the code ends. */
                        expiresIn: number;
                        /** @description Seconds until it may be sent again. */
                        resendAfter: number;
                    };
                };
            };
        };
    };
    resendCode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0LBuBqP4cZ1yJYyR3oQ2sg */
                challengeId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "challengeId": "0LBuBqP4cZ1yJYyR3oQ2sg",
                     *       "expiresIn": 300,
                     *       "resendAfter": 1
                     *     }
                     */
                    "application/json": {
                        challengeId: string;
                        /** @description Seconds until the code ends. */
                        expiresIn: number;
                        /** @description Seconds until it may be sent again. */
                        resendAfter: number;
                    };
                };
            };
        };
    };
    verifyCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "challengeId": "0LBuBqP4cZ1yJYyR3oQ2sg",
                 *       "code": "493817"
                 *     }
                 */
                "application/json": {
                    challengeId: string;
                    code: string;
                    newPassword?: string;
                    /**
                     * @description For browsers: refresh and device token come as cookies, not in the body.
                     * @enum {string}
                     */
                    transport?: "cookie";
                    deviceToken?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": ({
                        /**
                         * @description The same as accessToken, for older clients.
                         * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ
                         */
                        token: string;
                        /** @description A signed JWT (RFC 9068), to be sent as Bearer. */
                        accessToken: string;
                        /** @description Opaque. Good once; the answer holds its successor. A cookie in cookie mode. */
                        refreshToken?: string;
                        /** @description Seconds until the access token ends. */
                        expiresIn: number;
                        /** @enum {string} */
                        tokenType: "Bearer";
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                        /** @description Only for a new client: send it back at the next sign-in. */
                        deviceToken?: string;
                    } | {
                        /** @enum {boolean} */
                        twoFactorRequired: true;
                        /** @description Good for 2fa/challenge and 2fa/verify alone, for 5 minutes, once. */
                        pendingToken: string;
                        methods: ("totp" | "sms" | "email" | "backup_code")[];
                    }) | {
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                    };
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ",
                     *       "accessToken": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ",
                     *       "refreshToken": "prt_9Wc2Lx7Nq4Vt1Zb8Ym5Ks3Hd6Gf0Jr2Ea9Ui4Op7Xn",
                     *       "expiresIn": 300,
                     *       "tokenType": "Bearer",
                     *       "user": {
                     *         "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *         "email": "ada@example.com",
                     *         "name": "Ada Lovelace",
                     *         "userType": "client",
                     *         "emailVerified": true,
                     *         "createdAt": "2026-11-21T12:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": {
                        /**
                         * @description The same as accessToken, for older clients.
                         * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ
                         */
                        token: string;
                        /** @description A signed JWT (RFC 9068), to be sent as Bearer. */
                        accessToken: string;
                        /** @description Opaque. Good once; the answer holds its successor. A cookie in cookie mode. */
                        refreshToken?: string;
                        /** @description Seconds until the access token ends. */
                        expiresIn: number;
                        /** @enum {string} */
                        tokenType: "Bearer";
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                        /** @description Only for a new client: send it back at the next sign-in. */
                        deviceToken?: string;
                    };
                };
            };
            /** @description The new password is set. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getCodeDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0LBuBqP4cZ1yJYyR3oQ2sg */
                challengeId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "delivered",
                     *       "channel": "email",
                     *       "hint": "a***@example.com",
                     *       "updatedAt": "2026-11-21T12:00:00.000Z"
                     *     }
                     */
                    "application/json": {
                        status: string;
                        /** @enum {unknown} */
                        channel: "email" | "sms";
                        /** @description The masked recipient. */
                        hint: string;
                        /** Format: date-time */
                        updatedAt: string;
                    };
                };
            };
        };
    };
    listDevices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "devices": [
                     *         {
                     *           "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "name": "Ada Lovelace",
                     *           "browser": "Firefox",
                     *           "os": "Linux",
                     *           "deviceType": "desktop",
                     *           "ipAddress": "192.0.2.7",
                     *           "firstSeenAt": "2026-11-21T12:00:00.000Z",
                     *           "lastSeenAt": "2026-11-21T12:00:00.000Z",
                     *           "trustedUntil": "2026-11-21T12:00:00.000Z",
                     *           "isCurrent": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        devices: {
                            id: string;
                            name: string;
                            browser: string | null;
                            os: string | null;
                            deviceType: string | null;
                            ipAddress: string | null;
                            /** Format: date-time */
                            firstSeenAt: string;
                            /** Format: date-time */
                            lastSeenAt: string;
                            trustedUntil: string | null;
                            isCurrent: boolean;
                        }[];
                    };
                };
            };
        };
    };
    revokeDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    changeDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Work laptop",
                 *       "trusted": true
                 *     }
                 */
                "application/json": {
                    /**
                     * @description Shown to you alone.
                     * @example Work laptop
                     */
                    name?: string;
                    /** @description Leaves the second step out, for 30 days at most. */
                    trusted?: boolean;
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listSecurityEvents: {
        parameters: {
            query: {
                /** @example 50 */
                limit: number;
                /** @example 1842 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "type": "login_success",
                     *           "severity": "low",
                     *           "ipAddress": "192.0.2.7",
                     *           "device": "Firefox on Linux",
                     *           "sessionId": "019a7d5e-70aa-7c11-8e55-3b6d9f2c4a08",
                     *           "at": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": "1842"
                     *     }
                     */
                    "application/json": {
                        events: {
                            id: string;
                            type: string;
                            /** @enum {unknown} */
                            severity: "low" | "medium" | "high" | "critical";
                            ipAddress: string | null;
                            device: string | null;
                            sessionId: string | null;
                            /** Format: date-time */
                            at: string;
                        }[];
                        /** @description Asks for the events before these; null where there are none. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
    exchangeProviderCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "wL5eA7uGiKoPqTyMzNdh1Yk0n2Jm4fZ8sQvX6tB3cR9",
                 *       "codeVerifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
                 *     }
                 */
                "application/json": {
                    /**
                     * @description From returnTo's address.
                     * @example wL5eA7uGiKoPqTyMzNdh1Yk0n2Jm4fZ8sQvX6tB3cR9
                     */
                    code: string;
                    /** @description Whose SHA-256 was the codeChallenge at the start (RFC 7636). */
                    codeVerifier: string;
                    /**
                     * @description For browsers: refresh and device token come as cookies, not in the body.
                     * @enum {string}
                     */
                    transport?: "cookie";
                    deviceToken?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description The same as accessToken, for older clients.
                         * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ
                         */
                        token: string;
                        /** @description A signed JWT (RFC 9068), to be sent as Bearer. */
                        accessToken: string;
                        /** @description Opaque. Good once; the answer holds its successor. A cookie in cookie mode. */
                        refreshToken?: string;
                        /** @description Seconds until the access token ends. */
                        expiresIn: number;
                        /** @enum {string} */
                        tokenType: "Bearer";
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                        /** @description Only for a new client: send it back at the next sign-in. */
                        deviceToken?: string;
                    } | {
                        /** @enum {boolean} */
                        twoFactorRequired: true;
                        /** @description Good for 2fa/challenge and 2fa/verify alone, for 5 minutes, once. */
                        pendingToken: string;
                        methods: ("totp" | "sms" | "email" | "backup_code")[];
                    };
                };
            };
        };
    };
    signInWithGoogle: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "credential": "eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9.c2lnbmF0dXJl"
                 *     }
                 */
                "application/json": {
                    /** @description An ID token. */
                    credential: string;
                    /** @description What the app asked the provider with; without it the token must have none. */
                    nonce?: string;
                    /**
                     * @description For browsers: refresh and device token come as cookies, not in the body.
                     * @enum {string}
                     */
                    transport?: "cookie";
                    deviceToken?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description The same as accessToken, for older clients.
                         * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ
                         */
                        token: string;
                        /** @description A signed JWT (RFC 9068), to be sent as Bearer. */
                        accessToken: string;
                        /** @description Opaque. Good once; the answer holds its successor. A cookie in cookie mode. */
                        refreshToken?: string;
                        /** @description Seconds until the access token ends. */
                        expiresIn: number;
                        /** @enum {string} */
                        tokenType: "Bearer";
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                        /** @description Only for a new client: send it back at the next sign-in. */
                        deviceToken?: string;
                    } | {
                        /** @enum {boolean} */
                        twoFactorRequired: true;
                        /** @description Good for 2fa/challenge and 2fa/verify alone, for 5 minutes, once. */
                        pendingToken: string;
                        methods: ("totp" | "sms" | "email" | "backup_code")[];
                    };
                };
            };
        };
    };
    listConnections: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "connections": [
                     *         {
                     *           "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "provider": "google",
                     *           "emailHint": "a***@example.com",
                     *           "linkedAt": "2026-11-21T12:00:00.000Z",
                     *           "lastUsedAt": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        connections: {
                            id: string;
                            provider: string;
                            /** @description The email at the provider when it was linked, masked. */
                            emailHint: string | null;
                            /** Format: date-time */
                            linkedAt: string;
                            lastUsedAt: string | null;
                        }[];
                    };
                };
            };
        };
    };
    linkConnection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description From returnTo's address.
                     * @example wL5eA7uGiKoPqTyMzNdh1Yk0n2Jm4fZ8sQvX6tB3cR9
                     */
                    code: string;
                    /** @description Whose SHA-256 was the codeChallenge at the start (RFC 7636). */
                    codeVerifier: string;
                } | {
                    provider: string;
                    /** @description An ID token. */
                    credential: string;
                    /** @description What the app asked the provider with; without it the token must have none. */
                    nonce?: string;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92"
                     *     }
                     */
                    "application/json": {
                        id: string;
                    };
                };
            };
        };
    };
    unlinkConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    changeEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/json": {
                    email: string;
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "challengeId": "0LBuBqP4cZ1yJYyR3oQ2sg",
                     *       "expiresIn": 300,
                     *       "resendAfter": 1
                     *     }
                     */
                    "application/json": {
                        challengeId: string;
                        /** @description Seconds until the code ends. */
                        expiresIn: number;
                        /** @description Seconds until it may be sent again. */
                        resendAfter: number;
                    };
                };
            };
        };
    };
    changePhone: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "phone": "+254712345678"
                 *     }
                 */
                "application/json": {
                    phone: string;
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "challengeId": "0LBuBqP4cZ1yJYyR3oQ2sg",
                     *       "expiresIn": 300,
                     *       "resendAfter": 1
                     *     }
                     */
                    "application/json": {
                        challengeId: string;
                        /** @description Seconds until the code ends. */
                        expiresIn: number;
                        /** @description Seconds until it may be sent again. */
                        resendAfter: number;
                    };
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "currentPassword": "correct horse battery staple",
                 *       "newPassword": "seven quiet lanterns by the river"
                 *     }
                 */
                "application/json": {
                    currentPassword: string;
                    newPassword: string;
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    requestPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/json": {
                    email: string;
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "expiresIn": 300
                     *     }
                     */
                    "application/json": {
                        /** @description Seconds until the link ends. */
                        expiresIn: number;
                    };
                };
            };
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "prl_Jm4fZ8sQvX6tB3cR9wL5eA7uGiKoPqTyMzNdh1Yk0n2",
                 *       "newPassword": "seven quiet lanterns by the river"
                 *     }
                 */
                "application/json": {
                    token: string;
                    newPassword: string;
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    sendSecondFactorCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pendingToken": "eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJwb3N0ZXJuOnBlbmRpbmcifQ.MEQCIA",
                 *       "method": "sms"
                 *     }
                 */
                "application/json": {
                    pendingToken?: string;
                    /** @enum {unknown} */
                    method: "sms" | "email";
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "challengeId": "0LBuBqP4cZ1yJYyR3oQ2sg",
                     *       "expiresIn": 300,
                     *       "resendAfter": 1
                     *     }
                     */
                    "application/json": {
                        challengeId: string;
                        /** @description Seconds until the code ends. */
                        expiresIn: number;
                        /** @description Seconds until it may be sent again. */
                        resendAfter: number;
                    };
                };
            };
        };
    };
    verifySecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pendingToken": "eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJwb3N0ZXJuOnBlbmRpbmcifQ.MEQCIA",
                 *       "method": "totp",
                 *       "code": "493817",
                 *       "trustDevice": true
                 *     }
                 */
                "application/json": {
                    pendingToken: string;
                    /** @enum {unknown} */
                    method: "totp" | "sms" | "email" | "backup_code";
                    code: string;
                    trustDevice?: boolean;
                    /**
                     * @description For browsers: refresh and device token come as cookies, not in the body.
                     * @enum {string}
                     */
                    transport?: "cookie";
                    deviceToken?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ",
                     *       "accessToken": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ",
                     *       "refreshToken": "prt_9Wc2Lx7Nq4Vt1Zb8Ym5Ks3Hd6Gf0Jr2Ea9Ui4Op7Xn",
                     *       "expiresIn": 300,
                     *       "tokenType": "Bearer",
                     *       "user": {
                     *         "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *         "email": "ada@example.com",
                     *         "name": "Ada Lovelace",
                     *         "userType": "client",
                     *         "emailVerified": true,
                     *         "createdAt": "2026-11-21T12:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": {
                        /**
                         * @description The same as accessToken, for older clients.
                         * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ
                         */
                        token: string;
                        /** @description A signed JWT (RFC 9068), to be sent as Bearer. */
                        accessToken: string;
                        /** @description Opaque. Good once; the answer holds its successor. A cookie in cookie mode. */
                        refreshToken?: string;
                        /** @description Seconds until the access token ends. */
                        expiresIn: number;
                        /** @enum {string} */
                        tokenType: "Bearer";
                        user: {
                            id: string;
                            email: string;
                            name: string | null;
                            userType: string;
                            emailVerified: boolean;
                            /** Format: date-time */
                            createdAt: string;
                        };
                        /** @description Only for a new client: send it back at the next sign-in. */
                        deviceToken?: string;
                    };
                };
            };
        };
    };
    enrollTotp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "secret": "JBSWY3DPEHPK3PXP",
                     *       "otpauthUri": "otpauth://totp/Postern:ada%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Postern",
                     *       "qrSvg": "<svg/>",
                     *       "notice": "Text messages are the weakest second factor."
                     *     }
                     */
                    "application/json": {
                        /** @description Base32, to be typed where no camera is. */
                        secret: string;
                        otpauthUri: string;
                        /** @description The same address as an SVG image. */
                        qrSvg: string;
                        /** @description A risk to show to the user, where codes by text message are on. */
                        notice?: string;
                    };
                };
            };
        };
    };
    confirmTotp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "493817"
                 *     }
                 */
                "application/json": {
                    code: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "backupCodes": [
                     *         "4F7K-9QXD-M2TC-A8WH"
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @description Each is good once. Shown this once. */
                        backupCodes: string[];
                    };
                };
            };
        };
    };
    enrollSmsCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "challengeId": "0LBuBqP4cZ1yJYyR3oQ2sg",
                     *       "expiresIn": 300,
                     *       "resendAfter": 1,
                     *       "alternatives": [
                     *         "totp"
                     *       ],
                     *       "notice": "Text messages are the weakest second factor."
                     *     }
                     */
                    "application/json": {
                        challengeId: string;
                        /** @description Seconds until the code ends. */
                        expiresIn: number;
                        /** @description Seconds until it may be sent again. */
                        resendAfter: number;
                        alternatives: string[];
                        /** @description A risk to show to the user, where codes by text message are on. */
                        notice?: string;
                    };
                };
            };
        };
    };
    confirmSmsCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "493817"
                 *     }
                 */
                "application/json": {
                    code: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "backupCodes": [
                     *         "4F7K-9QXD-M2TC-A8WH"
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @description Each is good once. Shown this once. */
                        backupCodes: string[];
                    };
                };
            };
        };
    };
    enrollEmailCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "challengeId": "0LBuBqP4cZ1yJYyR3oQ2sg",
                     *       "expiresIn": 300,
                     *       "resendAfter": 1,
                     *       "alternatives": [
                     *         "totp"
                     *       ],
                     *       "notice": "Text messages are the weakest second factor."
                     *     }
                     */
                    "application/json": {
                        challengeId: string;
                        /** @description Seconds until the code ends. */
                        expiresIn: number;
                        /** @description Seconds until it may be sent again. */
                        resendAfter: number;
                        alternatives: string[];
                        /** @description A risk to show to the user, where codes by text message are on. */
                        notice?: string;
                    };
                };
            };
        };
    };
    confirmEmailCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "493817"
                 *     }
                 */
                "application/json": {
                    code: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "backupCodes": [
                     *         "4F7K-9QXD-M2TC-A8WH"
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @description Each is good once. Shown this once. */
                        backupCodes: string[];
                    };
                };
            };
        };
    };
    replaceBackupCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "method": "totp",
                 *       "code": "493817"
                 *     }
                 */
                "application/json": {
                    /** @enum {unknown} */
                    method: "totp" | "sms" | "email" | "backup_code";
                    code: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "backupCodes": [
                     *         "4F7K-9QXD-M2TC-A8WH"
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @description Each is good once. Shown this once. */
                        backupCodes: string[];
                    };
                };
            };
        };
    };
    listSecondFactors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "enabled": true,
                     *       "factors": [
                     *         {
                     *           "method": "totp",
                     *           "enabledAt": "2026-11-21T12:00:00.000Z",
                     *           "lastUsedAt": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "backupCodesLeft": 1,
                     *       "needsBackupCodes": true
                     *     }
                     */
                    "application/json": {
                        enabled: boolean;
                        factors: {
                            /** @enum {unknown} */
                            method: "totp" | "sms" | "email";
                            /** Format: date-time */
                            enabledAt: string;
                            lastUsedAt: string | null;
                        }[];
                        backupCodesLeft: number;
                        /** @description Two or fewer are left: time for new ones. */
                        needsBackupCodes: boolean;
                    };
                };
            };
        };
    };
    disableSecondFactors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "password": "correct horse battery staple",
                 *       "method": "totp",
                 *       "code": "493817"
                 *     }
                 */
                "application/json": {
                    password?: string;
                    /** @enum {unknown} */
                    method: "totp" | "sms" | "email" | "backup_code";
                    code: string;
                    /** @enum {unknown} */
                    only?: "totp" | "sms" | "email";
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listApiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "apiKeys": [
                     *         {
                     *           "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "name": "Ada Lovelace",
                     *           "prefix": "pak_Zt4mB8",
                     *           "scopes": [
                     *             "orders:read"
                     *           ],
                     *           "rateLimitPerMinute": 1,
                     *           "createdAt": "2026-11-21T12:00:00.000Z",
                     *           "expiresAt": "2026-11-28T12:00:00.000Z",
                     *           "lastUsedAt": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        apiKeys: {
                            id: string;
                            name: string;
                            /** @description The beginning of the key, to tell it by. */
                            prefix: string;
                            scopes: string[];
                            rateLimitPerMinute: number | null;
                            /** Format: date-time */
                            createdAt: string;
                            /** Format: date-time */
                            expiresAt: string;
                            lastUsedAt: string | null;
                        }[];
                    };
                };
            };
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Nightly export",
                 *       "scopes": [
                 *         "orders:read"
                 *       ],
                 *       "expiresInDays": 1,
                 *       "rateLimitPerMinute": 1
                 *     }
                 */
                "application/json": {
                    /** @example Nightly export */
                    name: string;
                    scopes: string[];
                    expiresInDays?: number;
                    rateLimitPerMinute?: number;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *       "name": "Ada Lovelace",
                     *       "prefix": "pak_Zt4mB8",
                     *       "scopes": [
                     *         "orders:read"
                     *       ],
                     *       "rateLimitPerMinute": 1,
                     *       "createdAt": "2026-11-21T12:00:00.000Z",
                     *       "expiresAt": "2026-11-28T12:00:00.000Z",
                     *       "lastUsedAt": "2026-11-21T12:00:00.000Z",
                     *       "key": "pak_Zt4mB8vQ2xN6kR1yW9cL3hF7sJ5dG0aEuTiOpXqMnVb"
                     *     }
                     */
                    "application/json": {
                        id: string;
                        name: string;
                        /** @description The beginning of the key, to tell it by. */
                        prefix: string;
                        scopes: string[];
                        rateLimitPerMinute: number | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        expiresAt: string;
                        lastUsedAt: string | null;
                        /** @description The key. It is shown here and never again. */
                        key: string;
                    };
                };
            };
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    verifyApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "pak_Zt4mB8vQ2xN6kR1yW9cL3hF7sJ5dG0aEuTiOpXqMnVb",
                 *       "scopes": [
                 *         "orders:read"
                 *       ]
                 *     }
                 */
                "application/json": {
                    key: string;
                    scopes?: string[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "valid": true,
                     *       "userId": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *       "scopes": [
                     *         "orders:read"
                     *       ],
                     *       "reason": "unknown",
                     *       "remaining": 1
                     *     }
                     */
                    "application/json": {
                        valid: boolean;
                        userId?: string;
                        scopes?: string[];
                        /** @enum {unknown} */
                        reason?: "unknown" | "revoked" | "expired" | "scope_missing" | "rate_limited";
                        /** @description Uses left in this minute, of a key that has a limit. */
                        remaining?: number;
                    };
                };
            };
        };
    };
    exportAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "exportedAt": "2026-11-21T12:00:00.000Z",
                     *       "account": {},
                     *       "tables": {}
                     *     }
                     */
                    "application/json": {
                        /** Format: date-time */
                        exportedAt: string;
                        account: {
                            [key: string]: unknown;
                        };
                        /** @description The newest 10,000 rows of each table. */
                        tables: {
                            [key: string]: {
                                [key: string]: unknown;
                            }[];
                        };
                    };
                };
            };
        };
    };
    eraseAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    adminListUsers: {
        parameters: {
            query: {
                /** @example 50 */
                limit: number;
                /** @example 1842 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "users": [
                     *         {
                     *           "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "email": "ada@example.com",
                     *           "name": "Ada Lovelace",
                     *           "role": "user",
                     *           "createdAt": "2026-11-21T12:00:00.000Z",
                     *           "lockedUntil": "2026-11-21T12:00:00.000Z",
                     *           "disabledAt": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": "1842"
                     *     }
                     */
                    "application/json": {
                        users: {
                            id: string;
                            /** @description Masked. */
                            email: string;
                            name: string | null;
                            role: string;
                            /** Format: date-time */
                            createdAt: string;
                            lockedUntil: string | null;
                            disabledAt: string | null;
                        }[];
                        /** @description Asks for those after these; null where there are none. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
    adminFindUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email: string;
                } | {
                    phone: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "users": [
                     *         {
                     *           "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "email": "ada@example.com",
                     *           "name": "Ada Lovelace",
                     *           "role": "user",
                     *           "createdAt": "2026-11-21T12:00:00.000Z",
                     *           "lockedUntil": "2026-11-21T12:00:00.000Z",
                     *           "disabledAt": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        users: {
                            id: string;
                            /** @description Masked. */
                            email: string;
                            name: string | null;
                            role: string;
                            /** Format: date-time */
                            createdAt: string;
                            lockedUntil: string | null;
                            disabledAt: string | null;
                        }[];
                    };
                };
            };
        };
    };
    adminGetUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *       "email": "ada@example.com",
                     *       "name": "Ada Lovelace",
                     *       "userType": "client",
                     *       "role": "user",
                     *       "phone": "+254712345678",
                     *       "emailVerified": true,
                     *       "phoneVerified": true,
                     *       "hasPassword": true,
                     *       "twoFactorEnabled": true,
                     *       "createdAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginIp": "192.0.2.0/24",
                     *       "lastActivityAt": "2026-11-21T12:00:00.000Z",
                     *       "failedLoginAttempts": 1,
                     *       "lockedUntil": "2026-11-21T12:00:00.000Z",
                     *       "passwordChangedAt": "2026-11-21T12:00:00.000Z",
                     *       "passwordExpiresAt": "2026-11-21T12:00:00.000Z",
                     *       "sessionCount": 1,
                     *       "disabledAt": "2026-11-21T12:00:00.000Z",
                     *       "riskScore": 0,
                     *       "riskLevel": "low"
                     *     }
                     */
                    "application/json": {
                        id: string;
                        email: string;
                        name: string | null;
                        userType: string;
                        role: string;
                        /** @description Masked. */
                        phone: string | null;
                        emailVerified: boolean;
                        phoneVerified: boolean;
                        hasPassword: boolean;
                        twoFactorEnabled: boolean;
                        /** Format: date-time */
                        createdAt: string;
                        lastLoginAt: string | null;
                        /** @description Its network. */
                        lastLoginIp: string | null;
                        lastActivityAt: string | null;
                        failedLoginAttempts: number;
                        lockedUntil: string | null;
                        passwordChangedAt: string | null;
                        passwordExpiresAt: string | null;
                        sessionCount: number;
                        disabledAt: string | null;
                        riskScore: number;
                        /** @enum {unknown} */
                        riskLevel: "low" | "medium" | "high" | "critical";
                    };
                };
            };
        };
    };
    adminUnlockUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *       "email": "ada@example.com",
                     *       "name": "Ada Lovelace",
                     *       "userType": "client",
                     *       "role": "user",
                     *       "phone": "+254712345678",
                     *       "emailVerified": true,
                     *       "phoneVerified": true,
                     *       "hasPassword": true,
                     *       "twoFactorEnabled": true,
                     *       "createdAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginIp": "192.0.2.0/24",
                     *       "lastActivityAt": "2026-11-21T12:00:00.000Z",
                     *       "failedLoginAttempts": 1,
                     *       "lockedUntil": "2026-11-21T12:00:00.000Z",
                     *       "passwordChangedAt": "2026-11-21T12:00:00.000Z",
                     *       "passwordExpiresAt": "2026-11-21T12:00:00.000Z",
                     *       "sessionCount": 1,
                     *       "disabledAt": "2026-11-21T12:00:00.000Z",
                     *       "riskScore": 0,
                     *       "riskLevel": "low"
                     *     }
                     */
                    "application/json": {
                        id: string;
                        email: string;
                        name: string | null;
                        userType: string;
                        role: string;
                        /** @description Masked. */
                        phone: string | null;
                        emailVerified: boolean;
                        phoneVerified: boolean;
                        hasPassword: boolean;
                        twoFactorEnabled: boolean;
                        /** Format: date-time */
                        createdAt: string;
                        lastLoginAt: string | null;
                        /** @description Its network. */
                        lastLoginIp: string | null;
                        lastActivityAt: string | null;
                        failedLoginAttempts: number;
                        lockedUntil: string | null;
                        passwordChangedAt: string | null;
                        passwordExpiresAt: string | null;
                        sessionCount: number;
                        disabledAt: string | null;
                        riskScore: number;
                        /** @enum {unknown} */
                        riskLevel: "low" | "medium" | "high" | "critical";
                    };
                };
            };
        };
    };
    adminDisableUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *       "email": "ada@example.com",
                     *       "name": "Ada Lovelace",
                     *       "userType": "client",
                     *       "role": "user",
                     *       "phone": "+254712345678",
                     *       "emailVerified": true,
                     *       "phoneVerified": true,
                     *       "hasPassword": true,
                     *       "twoFactorEnabled": true,
                     *       "createdAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginIp": "192.0.2.0/24",
                     *       "lastActivityAt": "2026-11-21T12:00:00.000Z",
                     *       "failedLoginAttempts": 1,
                     *       "lockedUntil": "2026-11-21T12:00:00.000Z",
                     *       "passwordChangedAt": "2026-11-21T12:00:00.000Z",
                     *       "passwordExpiresAt": "2026-11-21T12:00:00.000Z",
                     *       "sessionCount": 1,
                     *       "disabledAt": "2026-11-21T12:00:00.000Z",
                     *       "riskScore": 0,
                     *       "riskLevel": "low"
                     *     }
                     */
                    "application/json": {
                        id: string;
                        email: string;
                        name: string | null;
                        userType: string;
                        role: string;
                        /** @description Masked. */
                        phone: string | null;
                        emailVerified: boolean;
                        phoneVerified: boolean;
                        hasPassword: boolean;
                        twoFactorEnabled: boolean;
                        /** Format: date-time */
                        createdAt: string;
                        lastLoginAt: string | null;
                        /** @description Its network. */
                        lastLoginIp: string | null;
                        lastActivityAt: string | null;
                        failedLoginAttempts: number;
                        lockedUntil: string | null;
                        passwordChangedAt: string | null;
                        passwordExpiresAt: string | null;
                        sessionCount: number;
                        disabledAt: string | null;
                        riskScore: number;
                        /** @enum {unknown} */
                        riskLevel: "low" | "medium" | "high" | "critical";
                    };
                };
            };
        };
    };
    adminEnableUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *       "email": "ada@example.com",
                     *       "name": "Ada Lovelace",
                     *       "userType": "client",
                     *       "role": "user",
                     *       "phone": "+254712345678",
                     *       "emailVerified": true,
                     *       "phoneVerified": true,
                     *       "hasPassword": true,
                     *       "twoFactorEnabled": true,
                     *       "createdAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginIp": "192.0.2.0/24",
                     *       "lastActivityAt": "2026-11-21T12:00:00.000Z",
                     *       "failedLoginAttempts": 1,
                     *       "lockedUntil": "2026-11-21T12:00:00.000Z",
                     *       "passwordChangedAt": "2026-11-21T12:00:00.000Z",
                     *       "passwordExpiresAt": "2026-11-21T12:00:00.000Z",
                     *       "sessionCount": 1,
                     *       "disabledAt": "2026-11-21T12:00:00.000Z",
                     *       "riskScore": 0,
                     *       "riskLevel": "low"
                     *     }
                     */
                    "application/json": {
                        id: string;
                        email: string;
                        name: string | null;
                        userType: string;
                        role: string;
                        /** @description Masked. */
                        phone: string | null;
                        emailVerified: boolean;
                        phoneVerified: boolean;
                        hasPassword: boolean;
                        twoFactorEnabled: boolean;
                        /** Format: date-time */
                        createdAt: string;
                        lastLoginAt: string | null;
                        /** @description Its network. */
                        lastLoginIp: string | null;
                        lastActivityAt: string | null;
                        failedLoginAttempts: number;
                        lockedUntil: string | null;
                        passwordChangedAt: string | null;
                        passwordExpiresAt: string | null;
                        sessionCount: number;
                        disabledAt: string | null;
                        riskScore: number;
                        /** @enum {unknown} */
                        riskLevel: "low" | "medium" | "high" | "critical";
                    };
                };
            };
        };
    };
    adminEndUserSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *       "email": "ada@example.com",
                     *       "name": "Ada Lovelace",
                     *       "userType": "client",
                     *       "role": "user",
                     *       "phone": "+254712345678",
                     *       "emailVerified": true,
                     *       "phoneVerified": true,
                     *       "hasPassword": true,
                     *       "twoFactorEnabled": true,
                     *       "createdAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginIp": "192.0.2.0/24",
                     *       "lastActivityAt": "2026-11-21T12:00:00.000Z",
                     *       "failedLoginAttempts": 1,
                     *       "lockedUntil": "2026-11-21T12:00:00.000Z",
                     *       "passwordChangedAt": "2026-11-21T12:00:00.000Z",
                     *       "passwordExpiresAt": "2026-11-21T12:00:00.000Z",
                     *       "sessionCount": 1,
                     *       "disabledAt": "2026-11-21T12:00:00.000Z",
                     *       "riskScore": 0,
                     *       "riskLevel": "low"
                     *     }
                     */
                    "application/json": {
                        id: string;
                        email: string;
                        name: string | null;
                        userType: string;
                        role: string;
                        /** @description Masked. */
                        phone: string | null;
                        emailVerified: boolean;
                        phoneVerified: boolean;
                        hasPassword: boolean;
                        twoFactorEnabled: boolean;
                        /** Format: date-time */
                        createdAt: string;
                        lastLoginAt: string | null;
                        /** @description Its network. */
                        lastLoginIp: string | null;
                        lastActivityAt: string | null;
                        failedLoginAttempts: number;
                        lockedUntil: string | null;
                        passwordChangedAt: string | null;
                        passwordExpiresAt: string | null;
                        sessionCount: number;
                        disabledAt: string | null;
                        riskScore: number;
                        /** @enum {unknown} */
                        riskLevel: "low" | "medium" | "high" | "critical";
                    };
                };
            };
        };
    };
    adminForcePasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *       "email": "ada@example.com",
                     *       "name": "Ada Lovelace",
                     *       "userType": "client",
                     *       "role": "user",
                     *       "phone": "+254712345678",
                     *       "emailVerified": true,
                     *       "phoneVerified": true,
                     *       "hasPassword": true,
                     *       "twoFactorEnabled": true,
                     *       "createdAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginAt": "2026-11-21T12:00:00.000Z",
                     *       "lastLoginIp": "192.0.2.0/24",
                     *       "lastActivityAt": "2026-11-21T12:00:00.000Z",
                     *       "failedLoginAttempts": 1,
                     *       "lockedUntil": "2026-11-21T12:00:00.000Z",
                     *       "passwordChangedAt": "2026-11-21T12:00:00.000Z",
                     *       "passwordExpiresAt": "2026-11-21T12:00:00.000Z",
                     *       "sessionCount": 1,
                     *       "disabledAt": "2026-11-21T12:00:00.000Z",
                     *       "riskScore": 0,
                     *       "riskLevel": "low"
                     *     }
                     */
                    "application/json": {
                        id: string;
                        email: string;
                        name: string | null;
                        userType: string;
                        role: string;
                        /** @description Masked. */
                        phone: string | null;
                        emailVerified: boolean;
                        phoneVerified: boolean;
                        hasPassword: boolean;
                        twoFactorEnabled: boolean;
                        /** Format: date-time */
                        createdAt: string;
                        lastLoginAt: string | null;
                        /** @description Its network. */
                        lastLoginIp: string | null;
                        lastActivityAt: string | null;
                        failedLoginAttempts: number;
                        lockedUntil: string | null;
                        passwordChangedAt: string | null;
                        passwordExpiresAt: string | null;
                        sessionCount: number;
                        disabledAt: string | null;
                        riskScore: number;
                        /** @enum {unknown} */
                        riskLevel: "low" | "medium" | "high" | "critical";
                    };
                };
            };
        };
    };
    adminGetOverview: {
        parameters: {
            query: {
                /** @example 24 */
                hours: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "metrics": {
                     *         "recentLogins": 1,
                     *         "usersWithFailedAttempts": 1,
                     *         "lockedAccounts": 1,
                     *         "encrypted2faUsers": 1,
                     *         "encryptedPhoneUsers": 1,
                     *         "avgSecondsSinceLogin": 1
                     *       },
                     *       "failedSignInsByIp": [
                     *         {
                     *           "ipAddress": "192.0.2.7",
                     *           "failures": 1,
                     *           "identifiers": 1,
                     *           "lastAt": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "eventsBySeverity": [
                     *         {
                     *           "severity": "low",
                     *           "events": 1,
                     *           "lastAt": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "lockedAccounts": [
                     *         {
                     *           "userId": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "lockedUntil": "2026-11-21T12:00:00.000Z",
                     *           "failedLoginAttempts": 1
                     *         }
                     *       ],
                     *       "riskList": [
                     *         {
                     *           "userId": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "riskScore": 1,
                     *           "riskLevel": "low",
                     *           "isLocked": true,
                     *           "failedLoginAttempts": 1
                     *         }
                     *       ],
                     *       "deliverySuccess": [
                     *         {
                     *           "channel": "email",
                     *           "provider": "google",
                     *           "messages": 1,
                     *           "sent": 1,
                     *           "delivered": 1,
                     *           "failed": 1,
                     *           "successRate": 1
                     *         }
                     *       ],
                     *       "smsCosts": [
                     *         {
                     *           "month": "2026-11",
                     *           "country": "KE",
                     *           "currency": "KES",
                     *           "messages": 1,
                     *           "costMicros": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        metrics: {
                            /** @description Of the last hour. */
                            recentLogins: number;
                            usersWithFailedAttempts: number;
                            lockedAccounts: number;
                            encrypted2faUsers: number;
                            encryptedPhoneUsers: number;
                            avgSecondsSinceLogin: number | null;
                        } | null;
                        failedSignInsByIp: {
                            ipAddress: string;
                            failures: number;
                            identifiers: number;
                            /** Format: date-time */
                            lastAt: string;
                        }[];
                        eventsBySeverity: {
                            /** @enum {unknown} */
                            severity: "low" | "medium" | "high" | "critical";
                            events: number;
                            lastAt: string | null;
                        }[];
                        lockedAccounts: {
                            userId: string;
                            /** Format: date-time */
                            lockedUntil: string;
                            failedLoginAttempts: number;
                        }[];
                        riskList: {
                            userId: string;
                            riskScore: number;
                            /** @enum {unknown} */
                            riskLevel: "low" | "medium" | "high" | "critical";
                            isLocked: boolean;
                            failedLoginAttempts: number;
                        }[];
                        deliverySuccess: {
                            /** @enum {unknown} */
                            channel: "email" | "sms";
                            provider: string;
                            messages: number;
                            sent: number;
                            delivered: number;
                            failed: number;
                            successRate: number | null;
                        }[];
                        smsCosts: {
                            month: string;
                            country: string;
                            currency: string;
                            messages: number;
                            /** @description Millionths of the currency. */
                            costMicros: number;
                        }[];
                    };
                };
            };
        };
    };
    adminListEvents: {
        parameters: {
            query: {
                /** @example login_success */
                type?: string;
                /** @example low */
                severity?: "low" | "medium" | "high" | "critical";
                /** @example 019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92 */
                userId?: string;
                /** @example 019a7d5e-70aa-7c11-8e55-3b6d9f2c4a08 */
                sessionId?: string;
                /** @example 192.0.2.7 */
                ipAddress?: string;
                /** @example newest */
                sort: "newest" | "oldest";
                /** @example 50 */
                limit: number;
                /** @example 1842 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "type": "login_success",
                     *           "severity": "low",
                     *           "userId": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "sessionId": "019a7d5e-70aa-7c11-8e55-3b6d9f2c4a08",
                     *           "ipAddress": "192.0.2.7",
                     *           "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                     *           "metadata": {},
                     *           "at": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": "1842"
                     *     }
                     */
                    "application/json": {
                        events: {
                            id: string;
                            type: string;
                            /** @enum {unknown} */
                            severity: "low" | "medium" | "high" | "critical";
                            userId: string | null;
                            sessionId: string | null;
                            ipAddress: string | null;
                            userAgent: string | null;
                            metadata: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            at: string;
                        }[];
                        /** @description Asks for those after these; null where there are none. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
    adminListDetections: {
        parameters: {
            query: {
                /** @example 24 */
                hours: number;
                /** @example 50 */
                limit: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detections": [
                     *         {
                     *           "id": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "type": "login_success",
                     *           "severity": "low",
                     *           "userId": "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
                     *           "sessionId": "019a7d5e-70aa-7c11-8e55-3b6d9f2c4a08",
                     *           "ipAddress": "192.0.2.7",
                     *           "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                     *           "metadata": {},
                     *           "at": "2026-11-21T12:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        detections: {
                            id: string;
                            type: string;
                            /** @enum {unknown} */
                            severity: "low" | "medium" | "high" | "critical";
                            userId: string | null;
                            sessionId: string | null;
                            ipAddress: string | null;
                            userAgent: string | null;
                            metadata: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            at: string;
                        }[];
                    };
                };
            };
        };
    };
    adminFindDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "to": "ada@example.com"
                 *     }
                 */
                "application/json": {
                    /** @description An email address, or a phone number with its country code. */
                    to: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "messages": [
                     *         {
                     *           "template": "sign_in_code",
                     *           "to": "ada@example.com",
                     *           "at": "2026-11-21T12:00:00.000Z",
                     *           "story": "Sent at 12:00:01, delivered at 12:00:04."
                     *         }
                     *       ],
                     *       "suppression": {
                     *         "reason": "hard_bounce",
                     *         "since": "2026-11-20T08:30:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": {
                        messages: {
                            template: string;
                            /** @description Masked. */
                            to: string;
                            /** Format: date-time */
                            at: string;
                            /** @description What became of it, in words; times in UTC. */
                            story: string;
                        }[];
                        suppression: {
                            reason: string;
                            /** Format: date-time */
                            since: string;
                        } | null;
                    };
                };
            };
        };
    };
}
