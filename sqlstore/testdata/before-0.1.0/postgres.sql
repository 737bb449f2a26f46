CREATE TABLE public.access_token (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    family_id bytea NOT NULL,
    scope text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL
)
PARTITION BY RANGE (id);

CREATE TABLE public.access_token_20261220 (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    family_id bytea NOT NULL,
    scope text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE public.access_token_20261221 (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    family_id bytea NOT NULL,
    scope text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE public.access_token_20261222 (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    family_id bytea NOT NULL,
    scope text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE public.access_token_20261223 (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    family_id bytea NOT NULL,
    scope text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE public.access_token_before (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    family_id bytea NOT NULL,
    scope text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE public.access_token_default (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    family_id bytea NOT NULL,
    scope text NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE public.account (
    id text NOT NULL,
    username text NOT NULL,
    canonical text NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    claims text NOT NULL,
    password text NOT NULL,
    admin bigint NOT NULL,
    disabled bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    last_login_at bigint NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE public.client (
    id text NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    owner_id text NOT NULL,
    disabled bigint NOT NULL,
    revoked_before bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    settings text NOT NULL
);

CREATE TABLE public.code (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    redirect_uri text NOT NULL,
    redirect_uri_omitted bigint NOT NULL,
    scope text NOT NULL,
    challenge text NOT NULL,
    nonce text NOT NULL,
    auth_time bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
)
PARTITION BY RANGE (id);

CREATE TABLE public.code_20261220 (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    redirect_uri text NOT NULL,
    redirect_uri_omitted bigint NOT NULL,
    scope text NOT NULL,
    challenge text NOT NULL,
    nonce text NOT NULL,
    auth_time bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.code_20261221 (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    redirect_uri text NOT NULL,
    redirect_uri_omitted bigint NOT NULL,
    scope text NOT NULL,
    challenge text NOT NULL,
    nonce text NOT NULL,
    auth_time bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.code_20261222 (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    redirect_uri text NOT NULL,
    redirect_uri_omitted bigint NOT NULL,
    scope text NOT NULL,
    challenge text NOT NULL,
    nonce text NOT NULL,
    auth_time bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.code_20261223 (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    redirect_uri text NOT NULL,
    redirect_uri_omitted bigint NOT NULL,
    scope text NOT NULL,
    challenge text NOT NULL,
    nonce text NOT NULL,
    auth_time bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.code_before (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    redirect_uri text NOT NULL,
    redirect_uri_omitted bigint NOT NULL,
    scope text NOT NULL,
    challenge text NOT NULL,
    nonce text NOT NULL,
    auth_time bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.code_default (
    id bytea NOT NULL,
    hash bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    redirect_uri text NOT NULL,
    redirect_uri_omitted bigint NOT NULL,
    scope text NOT NULL,
    challenge text NOT NULL,
    nonce text NOT NULL,
    auth_time bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.config_version (
    id bigint NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE public.consent (
    subject text NOT NULL,
    client_id text NOT NULL,
    scope text NOT NULL,
    granted_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TABLE public.family (
    id bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    scope text NOT NULL,
    auth_time bigint NOT NULL,
    hash bytea NOT NULL,
    previous bytea NOT NULL,
    generation bigint NOT NULL,
    rotated_at bigint NOT NULL,
    access_scope text NOT NULL,
    issued_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
)
PARTITION BY RANGE (id);

CREATE TABLE public.family_20261217 (
    id bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    scope text NOT NULL,
    auth_time bigint NOT NULL,
    hash bytea NOT NULL,
    previous bytea NOT NULL,
    generation bigint NOT NULL,
    rotated_at bigint NOT NULL,
    access_scope text NOT NULL,
    issued_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.family_20270114 (
    id bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    scope text NOT NULL,
    auth_time bigint NOT NULL,
    hash bytea NOT NULL,
    previous bytea NOT NULL,
    generation bigint NOT NULL,
    rotated_at bigint NOT NULL,
    access_scope text NOT NULL,
    issued_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.family_before (
    id bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    scope text NOT NULL,
    auth_time bigint NOT NULL,
    hash bytea NOT NULL,
    previous bytea NOT NULL,
    generation bigint NOT NULL,
    rotated_at bigint NOT NULL,
    access_scope text NOT NULL,
    issued_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.family_default (
    id bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    scope text NOT NULL,
    auth_time bigint NOT NULL,
    hash bytea NOT NULL,
    previous bytea NOT NULL,
    generation bigint NOT NULL,
    rotated_at bigint NOT NULL,
    access_scope text NOT NULL,
    issued_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint NOT NULL,
    openid text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.goose_db_version (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.goose_db_version ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.goose_db_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.lease (
    name text NOT NULL,
    holder text NOT NULL,
    until bigint NOT NULL
);

CREATE TABLE public.logout_notice (
    id bytea NOT NULL,
    client_id text NOT NULL,
    subject text NOT NULL,
    session_id text NOT NULL,
    created_at bigint NOT NULL,
    next_at bigint NOT NULL,
    attempts bigint NOT NULL
);

CREATE TABLE public.revoked_jwt (
    id bytea NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE public.session (
    id text NOT NULL,
    hash bytea NOT NULL,
    user_id text NOT NULL,
    auth_time bigint NOT NULL,
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL
);

CREATE TABLE public.signing_key (
    id text NOT NULL,
    alg text NOT NULL,
    public bytea NOT NULL,
    private bytea NOT NULL,
    created_at bigint NOT NULL,
    active_at bigint NOT NULL,
    retired_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE public.strike (
    key text NOT NULL,
    count bigint NOT NULL,
    until bigint NOT NULL
);

CREATE TABLE public.subject (
    id text NOT NULL,
    blocked bigint NOT NULL,
    revoked_before bigint NOT NULL
);

ALTER TABLE ONLY public.access_token ATTACH PARTITION public.access_token_20261220 FOR VALUES FROM ('\x01a290bf840000000000000000000000') TO ('\x01a295e5e00000000000000000000000');

ALTER TABLE ONLY public.access_token ATTACH PARTITION public.access_token_20261221 FOR VALUES FROM ('\x01a295e5e00000000000000000000000') TO ('\x01a29b0c3c0000000000000000000000');

ALTER TABLE ONLY public.access_token ATTACH PARTITION public.access_token_20261222 FOR VALUES FROM ('\x01a29b0c3c0000000000000000000000') TO ('\x01a2a032980000000000000000000000');

ALTER TABLE ONLY public.access_token ATTACH PARTITION public.access_token_20261223 FOR VALUES FROM ('\x01a2a032980000000000000000000000') TO ('\x01a2a558f40000000000000000000000');

ALTER TABLE ONLY public.access_token ATTACH PARTITION public.access_token_before FOR VALUES FROM (MINVALUE) TO ('\x01a248a67c0000000000000000000000');

ALTER TABLE ONLY public.access_token ATTACH PARTITION public.access_token_default DEFAULT;

ALTER TABLE ONLY public.code ATTACH PARTITION public.code_20261220 FOR VALUES FROM ('\x01a290bf840000000000000000000000') TO ('\x01a295e5e00000000000000000000000');

ALTER TABLE ONLY public.code ATTACH PARTITION public.code_20261221 FOR VALUES FROM ('\x01a295e5e00000000000000000000000') TO ('\x01a29b0c3c0000000000000000000000');

ALTER TABLE ONLY public.code ATTACH PARTITION public.code_20261222 FOR VALUES FROM ('\x01a29b0c3c0000000000000000000000') TO ('\x01a2a032980000000000000000000000');

ALTER TABLE ONLY public.code ATTACH PARTITION public.code_20261223 FOR VALUES FROM ('\x01a2a032980000000000000000000000') TO ('\x01a2a558f40000000000000000000000');

ALTER TABLE ONLY public.code ATTACH PARTITION public.code_before FOR VALUES FROM (MINVALUE) TO ('\x01a248a67c0000000000000000000000');

ALTER TABLE ONLY public.code ATTACH PARTITION public.code_default DEFAULT;

ALTER TABLE ONLY public.family ATTACH PARTITION public.family_20261217 FOR VALUES FROM ('\x01a2814c700000000000000000000000') TO ('\x01a3117e800000000000000000000000');

ALTER TABLE ONLY public.family ATTACH PARTITION public.family_20270114 FOR VALUES FROM ('\x01a3117e800000000000000000000000') TO ('\x01a3a1b0900000000000000000000000');

ALTER TABLE ONLY public.family ATTACH PARTITION public.family_before FOR VALUES FROM (MINVALUE) TO ('\x01a2814c700000000000000000000000');

ALTER TABLE ONLY public.family ATTACH PARTITION public.family_default DEFAULT;

INSERT INTO public.access_token_20261220 VALUES
	('\x01a2919cb8e87ae4a37564a84c3c35a5', '\x1bd0019bfec0d662b932a5b8206cba4b2e69aefa55b083484bd05917ffdb6a0a', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a2919cb8e87fdc8536ba771b0e919e', 'openid profile email offline_access read', 1797739297000, 1797742897000),
	('\x01a2919cb8e87b82b6e074e79a174295', '\xd28f725194856ed6fea42377f3a0f2c2729dc6d8f2f23a2ceda19a83866bda45', 'pairwise', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a2919cb8e87c4c884c4b2c7d7aa343', 'openid', 1797739297000, 1797742897000),
	('\x01a2919cb8e87ea793f1d48aee25da67', '\x6cc90fdc5b816d95243d8a89d4f1a514de1fb21365b3d870ed1f17e450e3e147', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a2919cb8e879b8a9df20d5c6a5a3b1', 'openid profile email offline_access read', 1797739297000, 1797742897000),
	('\x01a2919cb8e87ee49a19801a24639b2a', '\x5100379fb222c4ef449edca1c75a41ee3d72dc10aa6fd92acdc716b61ab63cbc', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a2919cb8e87c97b0c5c81eb659c320', 'openid profile email offline_access read', 1797739297000, 1797742897000),
	('\x01a2919cb8e87f49a801baaa172e1fbc', '\xda1e469a3482e9eaf7ba788342485b1c06ea01b6a6e05b9abe3e686a46981372', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a2919cb8e87c97b0c5c81eb659c320', 'openid profile email offline_access read', 1797739297000, 1797742897000),
	('\x01a2919cb8e8780a804594701deedcf1', '\xf4991d2ebb3fab8b1a21c3d9120d72154f86af1d97f874c3c5c12fc48668ab07', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a2919cb8e8712dab4b6b3f1a5f0346', 'openid profile email offline_access read', 1797739297000, 1797742897000),
	('\x01a2919cb8e8785c85c4537c08b8cb21', '\x0c09a06c1bbf3c3f71f6ac0e197b1a487d7303d4832f1832325a5f41ce61065f', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a2919cb8e8712dab4b6b3f1a5f0346', 'openid profile email offline_access read', 1797739297000, 1797742897000),
	('\x01a2919cb8e87a00933e754a5324a9a7', '\xdce3b7f53072e4fa77da0f9ca1363035e5994b905f4afaa3cb8a5475aed3cb6c', 'web', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '\x01a2919cb8e875998959250a0a0672eb', 'read write', 1797739297000, 1797742897000),
	('\x01a2919cb8e8799fa4a0f775fbfb11e6', '\x7329770f5c8d184f0e047672a1b9ceafea22162a302fef1c8aa0c2918b4535e3', 'web', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '\x01a2919cb8e875998959250a0a0672eb', 'read', 1797739297000, 1797742897000),
	('\x01a2919cb8e876b3a4012d750a19e492', '\x0686d891014d41fc2f7b6d5029198d01ccf7f631474b2dbadcc7e8baa52a3653', 'web', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '\x01a2919cb8e8741192b3c77a6be8a9fa', 'read write', 1797739297000, 1797742897000),
	('\x01a2919cb8e87f929e66f31f061a7c74', '\xeb929b40f484e7c25507b5c384b8b8f164468795d2c779b126e8db188bdd5ed0', 'native', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a2919cb8e87007a96a84af465dcbc3', 'read', 1797739297000, 1797742897000),
	('\x01a2919cb8e87cbe8279ccd93f1c3ce0', '\xd37c33302a8de5d9e2bfb56bbfd1509a40f019a98e45904f8bccf2f9fbe5bf40', 'web', '01a22050-e072-7804-95b4-ba5dfe337644', '\x01a2919cb8e8769fa2d0565c0cda8865', 'openid read', 1797739297000, 1797742897000),
	('\x01a2919cb8e874959d4861c4174e77a2', '\x7402857796690d2974339f0a4087e641e682ae9eee85dd6d848b41f4e266ebaa', 'settings', '01a22050-e072-7804-95b4-ba5dfe337644', '\x01a2919cb8e87acf9da34928b052e6ce', 'openid', 1797739297000, 1797742897000),
	('\x01a2919cb8e87c81ab37e7318ade782f', '\xfcc33d9c51ffe218be82ec3cba6e9712e6af9f18fe4654e3e0414e26b769d049', 'web', '01a22050-e057-7bd9-9256-531d26d2f540', '\x01a2919cb8e87b9b9bfdd9bcdfad07b5', 'read', 1797739297000, 1797742897000),
	('\x01a2919cb8e871c8b35ca1a12b719bde', '\xa407f3c3031e9e4cb3927946c8bc26b3668c7fc3e9f453a2f072bfd51152d5a3', 'web', '', '\x', 'read', 1797739297000, 1797742897000);

INSERT INTO public.access_token_before VALUES
	('\x01a22050d0e8795aab95ce2248889475', '\x97df270b9fd032f848487e1b940723d43938213ae831322085e05d9b5c130fa4', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a22050d0e873dd89bb03f5b058d59a', 'openid profile offline_access read', 1795838497000, 1795842097000),
	('\x01a22050d0e8778981facb4d96168c1f', '\x6aa9bc14ca672317bf69d15f32e884e7a2eb02d528f384c51979ffcab8fa555f', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a22050d0e878029cbeafb2700ea51d', 'openid profile offline_access read', 1795838497000, 1795842097000),
	('\x01a22087bf6876ceaecc074b4accb076', '\xab944a4652006c6627afcb4e3e6a6e1297ea09452adeb11683ecc13c89859ac6', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a22050d0e878029cbeafb2700ea51d', 'openid profile offline_access read', 1795842097000, 1795845697000),
	('\x01a22087bf687bf89959c9bda031d0e2', '\xd3c0ef080fab238343a8dd31904b1d644aa10841332959d2341259e6dacfbb3e', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a22087bf687ae798f5bf880871d6a8', 'openid profile offline_access read', 1795842097000, 1795845697000),
	('\x01a22087bf6874919a23c4a7254f6c18', '\x63af2b316f8b9979e08bda92062809e5db5cf65c4d8e90c33d5108a1aedba986', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '\x01a22087bf687ae798f5bf880871d6a8', 'openid profile offline_access read', 1795842097000, 1795845697000),
	('\x01a22087bf68720c953f4eb7b5c103ab', '\xa9367b1832eefc875f7e8037094d4ad0f194745c0f699c6eafe4c633ba6be805', 'ended', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '\x01a22087bf68743681b7f8f299e2a9dc', 'read', 1795842097000, 1795845697000);

INSERT INTO public.account VALUES
	('01a22050-e02a-79ac-aea0-a95dbec97557', 'Ada', 'ada', 'ada@example.com', 'Ada Example', '{"email_verified":true,"locale":"en-GB","address":{"country":"GB"}}', '$argon2id$v=19$m=19456,t=2,p=1$O5kNexOktRxXfeOxRRzBuQ$dtneAEIcaMqzRXSEz7HbSfIos/ohzhkAAr34ecFOBJ4', 1, 0, 1795838497000, 1795838497000, 1797739297000, 1),
	('01a22050-e045-7a5d-bf34-1a9c311e2ba8', 'Bob', 'bob', 'bob@example.com', 'Bob Example', '', '$argon2id$v=19$m=19456,t=2,p=1$n0qPNbMgwM2MR+pl3MGHxg$YAwgp8TTepahqBpsNPD8W3O1GIO+iDrSt916fZCspT4', 0, 0, 1795838497000, 1795838497000, 1797739297000, 1),
	('01a22050-e072-7804-95b4-ba5dfe337644', 'Dave', 'dave', 'dave@example.com', 'Dave Example', '', '$argon2id$v=19$m=19456,t=2,p=1$yXja1cdA0bvUXs4A/tTYmA$jAq6HIERcfW9HuB9m1SB/z7I+4Epfup1YCJuAkI6huY', 0, 0, 1795838497000, 1795838497000, 1797739297000, 1),
	('01a22050-e057-7bd9-9256-531d26d2f540', 'Carol', 'carol', 'carol@example.com', 'Carol Example', '', '$argon2id$v=19$m=19456,t=2,p=1$wCB5U7nKHKqD4/SLDs9d8Q$HnJOJPa4JNuuZgAykD+ueS8hlhfTKw91e6k1l2vZYJY', 0, 1, 1795838497000, 1797739297000, 1795838497000, 2);

INSERT INTO public.client VALUES
	('web', 'Web app', 'confidential', '01a22050-e02a-79ac-aea0-a95dbec97557', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"logo_url":"https://web.example/logo.png","homepage_url":"https://web.example/","secrets":[{"id":"01a22050-d0e8-73f4-8b82-23f6404abdee","hash":"UOQLb8gyI8on/C8hQXWFvpSXhrjz/ceFpcyWIf7Fmwk=","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://web.example/cb","https://web.example/other","http://127.0.0.1/cb"],"post_logout_redirect_uris":["https://web.example/bye"],"allowed_origins":["https://spa.web.example"],"grant_types":["authorization_code","refresh_token","client_credentials"],"openid":{"backchannel_logout_uri":"https://web.example/logout","frontchannel_logout_uri":"https://web.example/front"}}'),
	('single', 'Single app', 'confidential', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"secrets":[{"id":"01a22050-d0e8-7b53-8e55-71872d43a302","hash":"8mghgSf8oeN8U9+PIZPuFGq10ApSHwcn2CQXRED6xXU=","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://single.example/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"],"openid":{"code_without_pkce":true}}'),
	('tickets', 'Tickets app', 'confidential', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"secrets":[{"id":"01a22050-d0e8-728c-88b8-87f843f04487","hash":"wvckFQt/hNuEfIq5O+jI2neWFDwEPL1kkyzZit47GcY=","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://tickets.example/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"],"access_token_format":"jwt","access_token_ttl":2073600000000000,"refresh_token_idle_ttl":2160000000000000,"refresh_token_ttl":8640000000000000}'),
	('native', 'Native app', 'public', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"redirect_uris":["http://127.0.0.1/cb","com.example.app:/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"]}'),
	('typed', 'Typed app', 'confidential', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"secrets":[{"id":"01a22050-d0e8-744c-ba5d-84638b5bf033","hash":"1+MijPugI12n13f0lkiGvN2slsgYBOQiFLKcRZ4odKQ=","created_at":"2026-11-28T04:01:37Z"},{"id":"01a22050-d0e8-783c-8b1b-7c744dfdbce3","slow":"$argon2id$v=19$m=19456,t=2,p=1$fmiwKbKXR1HEOVIXd+kp+w$wIZah12oId30jAM3A5CyGVVjmS7Y5CXbItaq1zYcEpE","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://typed.example/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"]}'),
	('sealed', 'Sealed app', 'confidential', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"secrets":[{"id":"01a22050-d0e8-7038-928e-98fd2b29345e","hash":"/JLUOZtzSmvxeG56dpACEiU3vtBCo+J4rtl0H4ZZbXE=","sealed":"AaIgUNDocM6Zj3P9PyruwgLVdbVTumYTC3WuTuKqIvbqXsVoPXCrCFZzrZed5xCwFEBF3fC8N9tfrIkyk3Az4MfIWPuAmUNw_L78kkD9baaEqbpSDb-Hl80HMwXkY-p66--sUXWzjYJqlt9RoyCYCGh03DJbK5NbLQ","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://sealed.example/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"],"openid":{"id_token_signed_response_alg":"HS256","userinfo_signed_response_alg":"HS256"}}'),
	('rotated', 'Rotated app', 'confidential', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"secrets":[{"id":"01a22050-d0e8-73ba-93b9-507c3e6243b3","hash":"lMnEDc7feEu0Iw3WNwFkGi32okZSXsy9qoQ5amss2CY=","created_at":"2026-11-28T04:01:37Z"},{"id":"01a22050-d0e8-7295-be98-45b4ecde10fa","hash":"IgOUJOsqjQek74AUG6Fu5gUbRJZ7ydKd7X4YyaNCxdA=","created_at":"2026-11-28T04:01:37Z","expires_at":"2026-12-28T04:01:37Z"}],"redirect_uris":["https://rotated.example/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"]}'),
	('settings', 'Settings app', 'confidential', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"secrets":[{"id":"01a22050-d0e8-77cb-9a06-f175c427fb72","hash":"1tj2oFnuydZhlTliq6dB8jAxAb53/IJS0jVd5HRUxDs=","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://settings.example/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"],"scopes":["read","openid","profile","offline_access"],"default_scopes":["read"],"skip_authorization":true,"require_pkce":true,"resource_server":true,"openid":{"response_types":["code id_token","code id_token token","code token"],"id_token_signed_response_alg":"RS256","userinfo_signed_response_alg":"PS256","id_token_encrypted_response_alg":"ECDH-ES","id_token_encrypted_response_enc":"A128GCM","subject_type":"pairwise","jwks":{"keys":[{"use":"enc","kty":"EC","kid":"e1","crv":"P-256","alg":"ECDH-ES","x":"xAkEDqBxb7YSOyIw3470YeIY8UXBSRj5wiLcTGtPFh8","y":"9aCbS4IohgYmxMzrJBu1pV3p85roMcwS5AIvPgOq09E"}]},"request_object_signing_alg":"ES256","request_uris":["https://settings.example/request.jwt"],"backchannel_logout_uri":"https://settings.example/logout","default_max_age":31536000}}'),
	('pairwise', 'Pairwise app', 'confidential', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"secrets":[{"id":"01a22050-d0e8-7463-875c-aadfe50457ed","hash":"/ALJGnM1mnpZUN2FzQIMyjrCJJtyYXyrLst2vyC+62Y=","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://pairwise.example/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"],"openid":{"response_types":["code token","code id_token token"],"id_token_signed_response_alg":"EdDSA","subject_type":"pairwise"}}'),
	('api', 'API', 'confidential', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"secrets":[{"id":"01a22050-d0e8-76a0-aeca-50b98bdf3981","hash":"jbwg3tHxsKTvhs9wV4BVCaGcQK8ytI92UNHhCyvm4n0=","created_at":"2026-11-28T04:01:37Z"}],"grant_types":["client_credentials"],"resource_server":true}'),
	('code-only', 'Code-only app', 'confidential', '', 0, 1795838496999, 1795838497000, 1795838497000, 1, '{"secrets":[{"id":"01a22050-d0e8-7564-a355-77f7f71a64f7","hash":"bwqr4maGGHcZToJrsDDc+Coeuv8W7oDUPoDUPocqrcI=","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://code-only.example/cb"],"grant_types":["authorization_code"]}'),
	('disabled', 'Disabled app', 'confidential', '', 1, 1795838496999, 1795838497000, 1795838497000, 2, '{"secrets":[{"id":"01a22050-d0e8-7737-b343-7306f9fd6904","hash":"uiU3JgQejq8/3a01cgKhY/defgMBkTfeaYMJcwITe88=","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://disabled.example/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"]}'),
	('ended', 'Ended app', 'confidential', '', 0, 1797735697000, 1795838497000, 1795838497000, 2, '{"secrets":[{"id":"01a22050-d0e8-7523-9ae7-e3a45258474b","hash":"nctPH/edYVkfpRPtddmmg8sjsSetw4OavN8T6+6zxPc=","created_at":"2026-11-28T04:01:37Z"}],"redirect_uris":["https://ended.example/cb"],"grant_types":["authorization_code","refresh_token","client_credentials"]}');

INSERT INTO public.code_20261220 VALUES
	('\x01a2919cb8e877eb81c50970003b1a62', '\x5204ca0f0556b20efbca983fdbf701fc7183366139f75b63c45fbfc50eb28fa9', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://web.example/cb', 0, 'openid profile email offline_access read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-late', 1797739297000, 1797739297000, 1797739357000, 0, '{"claims":{"userinfo":{"locale":null,"name":{"essential":true}},"id_token":{"auth_time":{"essential":true},"email":null}},"locales":["de","en"],"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e8767784085cf7505860f2', '\x16534e8e1e7ba4e76072c648b97ce834bba5645d7a02672f9d6892d54a6b4738', 'web', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'https://web.example/cb', 0, 'read write', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1797739297000, 1797739297000, 1797739357000, 0, ''),
	('\x01a2919cb8e873aeb63302f7f46ddac0', '\x26b085ec20778d82adc662691f074c5a2cdee05e90b0d60a269a6a13f7632c9a', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://web.example/cb', 0, 'openid read', '', 'n-nopkce', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87b50a5c220e447b60d0a', '\xc6647e6cf4e5cc1c53182ffe1ca470696e5047614c7671da1f5e4bca442d68c0', 'single', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://single.example/cb', 0, 'read', '', '', 1797739297000, 1797739297000, 1797739357000, 0, ''),
	('\x01a2919cb8e87c7ab958ff8372e298e9', '\x8f932095fd822c1ece883f5661572cb48feeef14131ebd5d620dbdf40813cf80', 'single', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://single.example/cb', 1, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1797739297000, 1797739297000, 1797739357000, 0, ''),
	('\x01a2919cb8e877feae9cb6e52bea7241', '\x5e1f38dc7d652e87da640d212573099ff06140c8dedfcf0138831beafebb3b18', 'single', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'https://single.example/cb', 1, 'openid', '', 'n-omitted', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87de4ba949c40ca4cbafb', '\x138651e2d2d9c1884f9697c22efd43745db1128c217f6a568692a6707c1dcd56', 'single', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'https://single.example/cb', 1, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1797739297000, 1797739297000, 1797739357000, 0, ''),
	('\x01a2919cb8e8754cabcc2db0ba2db117', '\xbac4de15fab7e7f11f646aa765163ead7e0ad5043e38c10ddc1ea40ae9b372b6', 'native', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'http://127.0.0.1/cb', 0, 'openid offline_access', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-native', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87640856fb374cf27f102', '\x1d0bc49f7b1478857426358dce970032f1250f186490f78acb778e3ff6787461', 'tickets', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'https://tickets.example/cb', 0, 'openid read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-jwt', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87cffacbe17cc9de49a2d', '\xec4806c9cc6dc1d608299df07419702c0fd58206c1af96591a01f5f2fd407793', 'typed', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://typed.example/cb', 0, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1797739297000, 1797739297000, 1797739357000, 0, ''),
	('\x01a2919cb8e878a58d065e56977773c1', '\xc8c20894c8f29f49c62333bdd1c0aadecca364be5957ca914e7f034a7791247a', 'sealed', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://sealed.example/cb', 0, 'openid', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-hs256', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87a29b2119e4564cbc4eb', '\xd9beeb395f19a413c40bceddfd9c96981bab62cf15aa16323197d0961185ceb1', 'settings', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://settings.example/cb', 0, 'openid profile', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-settings', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87cb595cbeace433da06a', '\x5923697e761d1e8bc184c1a6600bc74b8a7e456a96c5ce37038668f736dec3d8', 'pairwise', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'https://pairwise.example/cb', 0, 'openid', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-pairwise', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87cd3a10607109d433714', '\x372abded30db5bca4881cb93a34f09b457803b34aa8b4a15b0f1b3132d66299d', 'code-only', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'https://code-only.example/cb', 0, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1797739297000, 1797739297000, 1797739357000, 0, ''),
	('\x01a2919cb8e87c6494e30b9aa89bf423', '\xb32ae953a9d268cd6f39e9ffa67996db477921725046b2cea0472970499836ef', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://web.example/cb', 0, 'openid', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '"quoted" <b>&amp;''\ é☃ 𝄞', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87fdc8536ba771b0e919e', '\x4077536f9ee314792ce7fb577dad45fd1d0d43aacfafe7f0a74fbe25b05e1f79', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://web.example/cb', 0, 'openid profile email offline_access read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-late', 1797739297000, 1797739297000, 1797739357000, 1797739297000, '{"claims":{"userinfo":{"locale":null,"name":{"essential":true}},"id_token":{"auth_time":{"essential":true},"email":null}},"locales":["de","en"],"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87582b47f5111ec7ed91b', '\x23159ea563fcd0dc253482ce8cd4b8a5c5782288585e690d260ac6bb1e0dce22', 'web', '01a22050-e057-7bd9-9256-531d26d2f540', '01a22050-e08c-72b9-8ea3-a374f6c4acf8', 'https://web.example/cb', 0, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1795838497000, 1797739297000, 1797739357000, 0, ''),
	('\x01a2919cb8e87a7488592d3bcb5ea829', '\xfb51c0646820265e43cde92ce0aa101202d821cfc914ca473a431c564e549d04', 'disabled', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://disabled.example/cb', 0, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1797739297000, 1797739297000, 1797739357000, 0, ''),
	('\x01a2919cb8e8773bb049bbb8bdf80537', '\xd8d32bd38ce7a35ee9b97f4bd9f894e17249f096158e0b7607ce4d4121fcd516', 'web', '01a22050-e072-7804-95b4-ba5dfe337644', '01a22050-e420-7030-bc46-9a9555771d5a', 'https://web.example/cb', 0, 'openid read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-dave', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87fe38495a259fe52370d', '\x06b478edb4f7f99f8eba854542ec51df7e0823362f4d9b77040bc18f0d68a5b7', 'pairwise', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://pairwise.example/cb', 0, 'openid', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-front', 1797739297000, 1797739297000, 1797739357000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}');
INSERT INTO public.code_20261220 VALUES
	('\x01a2919cb8e879b8a9df20d5c6a5a3b1', '\x669f3c690dcd654e298a78f435707915b69f648a925d410e1d4fb6c4c22eb3a5', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://web.example/cb', 0, 'openid profile email offline_access read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-late', 1797739297000, 1797739297000, 1797739357000, 1797739297000, '{"claims":{"userinfo":{"locale":null,"name":{"essential":true}},"id_token":{"auth_time":{"essential":true},"email":null}},"locales":["de","en"],"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87c97b0c5c81eb659c320', '\x5a70c8aaade3d19b85895e83d399b6dc16f98ddd74f01b9515ed9eddf2d71c57', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://web.example/cb', 0, 'openid profile email offline_access read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-late', 1797739297000, 1797739297000, 1797739357000, 1797739297000, '{"claims":{"userinfo":{"locale":null,"name":{"essential":true}},"id_token":{"auth_time":{"essential":true},"email":null}},"locales":["de","en"],"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e8712dab4b6b3f1a5f0346', '\x84b632265113c194d4e0197b28c086f1f948677f5d8c9a9142190d6cf28c6bde', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'https://web.example/cb', 0, 'openid profile email offline_access read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-late', 1797739297000, 1797739297000, 1797739357000, 1797739297000, '{"claims":{"userinfo":{"locale":null,"name":{"essential":true}},"id_token":{"auth_time":{"essential":true},"email":null}},"locales":["de","en"],"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e875998959250a0a0672eb', '\xf0629f6e5f4f3a21c00c599bc6f4c7335f47be49fbb8475725069d7ab2ecff8a', 'web', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'https://web.example/cb', 0, 'read write', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1797739297000, 1797739297000, 1797739357000, 1797739297000, ''),
	('\x01a2919cb8e8741192b3c77a6be8a9fa', '\x7c506952539fb69b63db9748213ed0e67d5e53f624665ef7ff7b6012d02a1792', 'web', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'https://web.example/cb', 0, 'read write', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1797739297000, 1797739297000, 1797739357000, 1797739297000, ''),
	('\x01a2919cb8e87007a96a84af465dcbc3', '\x50255ba4b86891da5b16881b556d25009c26592db777f9a10ee95ed0b5751403', 'native', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'http://127.0.0.1/cb', 0, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1797739297000, 1797739297000, 1797739357000, 1797739297000, ''),
	('\x01a2919cb8e8769fa2d0565c0cda8865', '\xb30e895cd29af87bdd05650b2513e525a3a3e7c89204f56ce81472e49ac47e1d', 'web', '01a22050-e072-7804-95b4-ba5dfe337644', '01a22050-e420-7030-bc46-9a9555771d5a', 'https://web.example/cb', 0, 'openid read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-bound', 1797739297000, 1797739297000, 1797739357000, 1797739297000, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87acf9da34928b052e6ce', '\xcac52df4f69bb4da1a7e545638bb38f416eea18765204c6e8b272772e1c8f2aa', 'settings', '01a22050-e072-7804-95b4-ba5dfe337644', '01a22050-e420-7030-bc46-9a9555771d5a', 'https://settings.example/cb', 0, 'openid', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-told', 1797739297000, 1797739297000, 1797739357000, 1797739297000, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87b9b9bfdd9bcdfad07b5', '\x549c68c00f6a25608554b8b242ab6b4e6d3ecb287b973f373d0062c73649fac0', 'web', '01a22050-e057-7bd9-9256-531d26d2f540', '01a22050-e08c-72b9-8ea3-a374f6c4acf8', 'https://web.example/cb', 0, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1795838497000, 1797739297000, 1797739357000, 1797739297000, ''),
	('\x01a2919cb8e87df1b3423fdf62098ffd', '\xeaf6e71f1ef86307d4c17009d27a846cd2d822d7ea0eb4c7779ff95c36200516', 'tickets', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'https://tickets.example/cb', 0, 'openid read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-jwt2', 1797739297000, 1797739297000, 1797739357000, 1797739297000, '{"acr":"urn:example:pwd","amr":["pwd"]}');

INSERT INTO public.code_before VALUES
	('\x01a22050d0e873dd89bb03f5b058d59a', '\x8f1a15398c0907e0fbe0106259a5671fe21a4a0d82a122e4d83f0cb79017139e', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e08a-7eb0-a3c7-45b31ecd6bbd', 'https://web.example/cb', 0, 'openid profile offline_access read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-early', 1795838497000, 1795838497000, 1795838557000, 1795838497000, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a22050d0e878029cbeafb2700ea51d', '\xb2f2618d8ed83c0b0b4c5cf1fd02098e1acbb262eb61764fcaea966abecc308a', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e08a-7eb0-a3c7-45b31ecd6bbd', 'https://web.example/cb', 0, 'openid profile offline_access read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-early', 1795838497000, 1795838497000, 1795838557000, 1795838497000, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a22087bf687ae798f5bf880871d6a8', '\xebaba1fb473bfabad78cec96dd08330e3248bd96775e839bff09550bc2509cc1', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e08a-7eb0-a3c7-45b31ecd6bbd', 'https://web.example/cb', 0, 'openid profile offline_access read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-early', 1795838497000, 1795842097000, 1795842157000, 1795842097000, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a22087bf6877238958e53360971360', '\x29388ee564c14dbfcc2ace9af8bcb880553922ba49fa6bb838872cb56699e467', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e08a-7eb0-a3c7-45b31ecd6bbd', 'https://web.example/cb', 0, 'openid profile offline_access read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'n-early', 1795838497000, 1795842097000, 1795842157000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a22087bf6877fe9783a1d3530a36a3', '\xcc39a7ae598b6eec4850969e3bf6c03c91572a6da5ed6dc448ff21ed1ce772a2', 'tickets', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e08b-7eb0-ae59-9bfada36168c', 'https://tickets.example/cb', 0, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1795838497000, 1795842097000, 1795842157000, 1795842097000, ''),
	('\x01a22087bf68743681b7f8f299e2a9dc', '\x6a85d9833244fb3b5d1b793c6643e638f4292c07fa80130c292da1039b7bddea', 'ended', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e08b-7eb0-ae59-9bfada36168c', 'https://ended.example/cb', 0, 'read', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', '', 1795838497000, 1795842097000, 1795842157000, 1795842097000, '');

INSERT INTO public.config_version VALUES
	(1, 23);

INSERT INTO public.consent VALUES
	('01a22050-e045-7a5d-bf34-1a9c311e2ba8', 'ended', 'read', 1795842097000, 1795842097000),
	('01a22050-e02a-79ac-aea0-a95dbec97557', 'single', 'read', 1797739297000, 1797739297000),
	('01a22050-e045-7a5d-bf34-1a9c311e2ba8', 'single', 'openid read', 1797739297000, 1797739297000),
	('01a22050-e02a-79ac-aea0-a95dbec97557', 'typed', 'read', 1797739297000, 1797739297000),
	('01a22050-e02a-79ac-aea0-a95dbec97557', 'sealed', 'openid', 1797739297000, 1797739297000),
	('01a22050-e02a-79ac-aea0-a95dbec97557', 'settings', 'openid profile', 1797739297000, 1797739297000),
	('01a22050-e045-7a5d-bf34-1a9c311e2ba8', 'pairwise', 'openid', 1797739297000, 1797739297000),
	('01a22050-e045-7a5d-bf34-1a9c311e2ba8', 'code-only', 'read', 1797739297000, 1797739297000),
	('01a22050-e02a-79ac-aea0-a95dbec97557', 'disabled', 'read', 1797739297000, 1797739297000),
	('01a22050-e02a-79ac-aea0-a95dbec97557', 'pairwise', 'openid', 1797739297000, 1797739297000),
	('01a22050-e02a-79ac-aea0-a95dbec97557', 'web', 'openid profile offline_access read email', 1795838497000, 1797739297000),
	('01a22050-e045-7a5d-bf34-1a9c311e2ba8', 'web', 'read write', 1797739297000, 1797739297000),
	('01a22050-e02a-79ac-aea0-a95dbec97557', 'native', 'openid offline_access read', 1797739297000, 1797739297000),
	('01a22050-e072-7804-95b4-ba5dfe337644', 'web', 'openid read', 1797739297000, 1797739297000),
	('01a22050-e072-7804-95b4-ba5dfe337644', 'settings', 'openid', 1797739297000, 1797739297000),
	('01a22050-e057-7bd9-9256-531d26d2f540', 'web', 'read', 1797739297000, 1797739297000),
	('01a22050-e045-7a5d-bf34-1a9c311e2ba8', 'tickets', 'read openid', 1795842097000, 1797739297000);

INSERT INTO public.family_20261217 VALUES
	('\x01a2919cb8e87fdc8536ba771b0e919e', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'openid profile email offline_access read', 1797739297000, '\x40588836630ef36f25111cfdb2943bccf24184c539ab8f6f9e9f0e8cb895d207', '\x', 0, 0, 'openid profile email offline_access read', 1797739297000, 1800331297000, 1813291297000, 0, '{"claims":{"userinfo":{"locale":null,"name":{"essential":true}},"id_token":{"auth_time":{"essential":true},"email":null}},"locales":["de","en"],"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87c4c884c4b2c7d7aa343', 'pairwise', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'openid', 1797739297000, '\x', '\x', 0, 0, 'openid', 1797739297000, 1797742897000, 1797742897000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e879b8a9df20d5c6a5a3b1', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'openid profile email offline_access read', 1797739297000, '\xcd1b046ecc17982d2fd695498ef3757cd241a24f99d2c6fe23c6c0e4e8bd9c93', '\x', 0, 0, 'openid profile email offline_access read', 1797739297000, 1800331297000, 1813291297000, 0, '{"claims":{"userinfo":{"locale":null,"name":{"essential":true}},"id_token":{"auth_time":{"essential":true},"email":null}},"locales":["de","en"],"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87c97b0c5c81eb659c320', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'openid profile email offline_access read', 1797739297000, '\x2155d82c72eb30fa857979c7cfbf361a47dff175f1dc2dc840c42f666efffdb0', '\x29269b1379224cf718b66e44667d5ef677afceefd4d6ce845fbd7d33f3afb09d', 1, 1797739297000, 'openid profile email offline_access read', 1797739297000, 1800331297000, 1813291297000, 0, '{"claims":{"userinfo":{"locale":null,"name":{"essential":true}},"id_token":{"auth_time":{"essential":true},"email":null}},"locales":["de","en"],"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e8712dab4b6b3f1a5f0346', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'openid profile email offline_access read', 1797739297000, '\xcb517e952a155b02f420f256a1ea43b94f4ef2d345c0a1d6c98f4a5497ec73ac', '\xbdedc4f2a586854f09091bc10215c00e5668a7966a3350930c695e1ddaaf58ae', 1, 1797739297000, 'openid profile email offline_access read', 1797739297000, 1800331297000, 1813291297000, 0, '{"claims":{"userinfo":{"locale":null,"name":{"essential":true}},"id_token":{"auth_time":{"essential":true},"email":null}},"locales":["de","en"],"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e875998959250a0a0672eb', 'web', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'read write', 1797739297000, '\x7e52c10d26afbc20a853f89bbd1850fe25f84215f60db89c8e06e18ec90b37e3', '\x936990259d2192327285c80c149629c14379959f1dd95df986d9b73c402a69cd', 1, 1797739297000, 'read', 1797739297000, 1800331297000, 1813291297000, 0, ''),
	('\x01a2919cb8e8741192b3c77a6be8a9fa', 'web', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'read write', 1797739297000, '\x725673d04b70d0d38289de62029c61c9ced0f4c6a0e6566f443a9755a0111cf5', '\x', 0, 0, 'read write', 1797739297000, 1800331297000, 1813291297000, 1797739297000, ''),
	('\x01a2919cb8e87007a96a84af465dcbc3', 'native', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e41e-7744-9df5-0b4ade2a31f0', 'read', 1797739297000, '\x61c0ab64c8bd37c989074d784ec832bf5bbc73328f0d8a75daab9380207298f8', '\x', 0, 0, 'read', 1797739297000, 1800331297000, 1813291297000, 0, ''),
	('\x01a2919cb8e87b9b9bfdd9bcdfad07b5', 'web', '01a22050-e057-7bd9-9256-531d26d2f540', '01a22050-e08c-72b9-8ea3-a374f6c4acf8', 'read', 1795838497000, '\xe1df116b4cbcc671bb2c89f7d810757339967554f9613ee1bf3b7e44d1c26c44', '\x', 0, 0, 'read', 1797739297000, 1800331297000, 1813291297000, 0, ''),
	('\x01a2919cb8e87df1b3423fdf62098ffd', 'tickets', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e41f-78e5-ac83-782254b4469b', 'openid read', 1797739297000, '\xcd424087ab0625cfeaca0496090fc9cfcc06695e3a98df0191f4191b17fc7ced', '\x', 0, 0, 'openid read', 1797739297000, 1799899297000, 1806379297000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e8769fa2d0565c0cda8865', 'web', '01a22050-e072-7804-95b4-ba5dfe337644', '01a22050-e420-7030-bc46-9a9555771d5a', 'openid read', 1797739297000, '\xd5d1ccb185279389bb9ee59e63fc6b9436ea07bc6d0aa328d2e6d56fe163347e', '\x', 0, 0, 'openid read', 1797739297000, 1800331297000, 1813291297000, 1797739297000, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a2919cb8e87acf9da34928b052e6ce', 'settings', '01a22050-e072-7804-95b4-ba5dfe337644', '01a22050-e420-7030-bc46-9a9555771d5a', 'openid', 1797739297000, '\xe5fae840a6631d441b587df335d559727c5d0fb0902a3db1afd4b8d485245942', '\x', 0, 0, 'openid', 1797739297000, 1800331297000, 1813291297000, 1797739297000, '{"acr":"urn:example:pwd","amr":["pwd"]}');

INSERT INTO public.family_before VALUES
	('\x01a22050d0e873dd89bb03f5b058d59a', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e08a-7eb0-a3c7-45b31ecd6bbd', 'openid profile offline_access read', 1795838497000, '\x2a03f685de973c7195c19a3e5f457a6f2d9bcdb1331912d342b46e791e8d7798', '\x', 0, 0, 'openid profile offline_access read', 1795838497000, 1798430497000, 1811390497000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a22050d0e878029cbeafb2700ea51d', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e08a-7eb0-a3c7-45b31ecd6bbd', 'openid profile offline_access read', 1795838497000, '\xa2522f002b2e8a664e513b3c40c2c85d13bbed2bb1e620979ca4553d4b2ccb00', '\xadeab42fdae51d94958aa9df3b6413b79cb5be91b9fd3d64e9e00a22908a067c', 1, 1795842097000, 'openid profile offline_access read', 1795838497000, 1798434097000, 1811390497000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a22087bf687ae798f5bf880871d6a8', 'web', '01a22050-e02a-79ac-aea0-a95dbec97557', '01a22050-e08a-7eb0-a3c7-45b31ecd6bbd', 'openid profile offline_access read', 1795838497000, '\xfb4ed5316d87d9a4396cb83a0c2ab5b1d8b733326bb866ccc853736a27e64816', '\xaaad3c9e1bf19dd4893abad9dc94e95a2447bc93d24a84b0fad1554c7ada240e', 1, 1795842097000, 'openid profile offline_access read', 1795842097000, 1798434097000, 1811394097000, 0, '{"acr":"urn:example:pwd","amr":["pwd"]}'),
	('\x01a22087bf6877fe9783a1d3530a36a3', 'tickets', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e08b-7eb0-ae59-9bfada36168c', 'read', 1795838497000, '\x95fac8661ddbac030d0c48245a4bc7a1d967a0e07ed54475f08f8402c12b7ccc', '\x', 0, 0, 'read', 1795842097000, 1798002097000, 1804482097000, 0, ''),
	('\x01a22087bf68743681b7f8f299e2a9dc', 'ended', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', '01a22050-e08b-7eb0-ae59-9bfada36168c', 'read', 1795838497000, '\xa17ee70a6512359fc90db1e478243cbce6de9becd195e8c65688f5dd76719a99', '\x', 0, 0, 'read', 1795842097000, 1798434097000, 1811394097000, 0, '');

INSERT INTO public.goose_db_version VALUES
	(1, 0, true, '2026-11-28 04:01:41.257997'),
	(2, 1, true, '2026-11-28 04:01:41.271179'),
	(3, 2, true, '2026-11-28 04:01:41.384322'),
	(4, 3, true, '2026-11-28 04:01:41.416318'),
	(5, 4, true, '2026-11-28 04:01:41.662148'),
	(6, 5, true, '2026-11-28 04:01:41.663941');

INSERT INTO public.logout_notice VALUES
	('\x01a2919cb8e87d3fbf098ff1c8fd77b0', 'settings', '01a22050-e072-7804-95b4-ba5dfe337644', '01a22050-e420-7030-bc46-9a9555771d5a', 1797739297000, 1797739297000, 0),
	('\x01a2919cb8e87d88bd0bccc955085e2b', 'web', '01a22050-e072-7804-95b4-ba5dfe337644', '01a22050-e420-7030-bc46-9a9555771d5a', 1797739297000, 1797739297000, 0);

INSERT INTO public.revoked_jwt VALUES
	('\x01a2919cb8e876c8ba8b7a370d1fc402', 1799812897000);

INSERT INTO public.session VALUES
	('01a22050-e08a-7eb0-a3c7-45b31ecd6bbd', '\x42a4cbe897ce8778d0bf1588e7b5811dc2aa45226c07d744b801e31a6708d1e3', '01a22050-e02a-79ac-aea0-a95dbec97557', 1795838497000, 1795838497000, 1795838497000, 1798430497000, '192.0.2.7', 'Fixture/1.0'),
	('01a22050-e08b-7eb0-ae59-9bfada36168c', '\xf97e60ef6074755b5e220ef34fe5168d9604799665e72ebc697338784cb3ae0e', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', 1795838497000, 1795838497000, 1795838497000, 1798430497000, '192.0.2.7', 'Fixture/1.0'),
	('01a22050-e08c-7623-88bb-89cd1abcfc1a', '\x7a1f4bb388fbdedb8bafad1d8ebcb96196a417082be33bada7abf8b9ff3f31f6', '01a22050-e072-7804-95b4-ba5dfe337644', 1795838497000, 1795838497000, 1795838497000, 1798430497000, '192.0.2.7', 'Fixture/1.0'),
	('01a22050-e41e-7744-9df5-0b4ade2a31f0', '\xb1dd4af39f5c6bb0e6c8b106906765c892e5039c3abc3ed88467f33cc38692ce', '01a22050-e02a-79ac-aea0-a95dbec97557', 1797739297000, 1797739297000, 1797739297000, 1800331297000, '192.0.2.7', 'Fixture/1.0'),
	('01a22050-e41f-78e5-ac83-782254b4469b', '\x9ea39f957947e779493995932117491bc7cd23274ba96a69f0d62decf0ec6e71', '01a22050-e045-7a5d-bf34-1a9c311e2ba8', 1797739297000, 1797739297000, 1797739297000, 1800331297000, '192.0.2.7', 'Fixture/1.0');

INSERT INTO public.signing_key VALUES
	('7lE30sNC1GTaIMMRKshxTnyGv3xKrTOMelKkIvU7VLI', 'RS256', '\x7b22757365223a22736967222c226b7479223a22525341222c226b6964223a22376c453330734e4331475461494d4d524b736878546e79477633784b72544f4d656c4b6b49765537564c49222c22616c67223a225253323536222c226e223a226e4a79475a47476e59616f4866623776595066347149394147343742744e736e4d67355f37446b6e776d4b534c496746326c425457686a49663179727057536f6d4b4e346c432d686e7162315857764a6f6b6e714a36434d7352383648766357347342785171515473474e656769596c66576c3934365877676479675734516d7345365f4a55357558465579395a717767727a62506c3839546466444f4146746852517067434c3657383574315148656244466d65574c596f3661566d32346d4d31454769534f5f51316c62647131687a34682d623831716a737544514e4b6670417a464a744164364c53504433455648727638624237396866654e5a4150776832496561764a7161764e2d7172785447706b4d71582d2d3356376b3362426f5a706b42716b50544d476b51734642625430702d7038694867782d473878354d6257716a30787733426a785951365f6a5672504f6f77222c2265223a2241514142227d', '\x41614967554e446f6550365f77306c41396741314e514a42303174546e714f413958596d527a41442d69535f3679656268615935394e76306c7a6b662d62555a347449384b384a304e77694f38575474746574703778466b4d5a6d4b794434524f7751724f4f2d796a6b79487239476f764550776354524e7048326561556a6467516e74584579646f36786c54757965515350395f7473634a4c6642566852414a7a6d6f38644562684c4a5f335334376b6159592d783779365f414a6165474d66785467574f76386869614e703650493276694a7a59425f317a58334c4b52654567372d634345303741393235797a6162686e4937696c3369625733426258586b5a64644a56425650717634384a375a503575526a665673754d5372542d73305f47732d657938797a6548726e5072456c4651617279794279527a55626931686545613349577273437767707468446f594476313341706d4a36417372455668424d5677704641524a49756b544a6e3564335873586c576b774d375661494f776a66525156764e5535684f35615f2d32595f44596a56312d754174647a337a4756786b365277526664485f3672734a6f2d7a5749777430466748324d776454565a30544144344630754f2d5370463478456a50316d666e72414d6d646670564b6c723175784a55796339446b676d54624459374a47797a6c64555a69444f4b596b6d446e686c467145726a43434c49557434653275646b644d744f7a7867534d65756c746975794278546d6f4347346236327437344e5346446a6d777139346b6c5f4b4a3672315877686751466f5847726672415072373736787559686a56396a305f6a4a356e783461734f4e53676e344f546645774d543077634334704e4565755f6e575169724d335a38766f7a717650724d7956775873456b733757736445396c4a7631424941696e31765f427665764f5232474a4566726767583472515f42456e31536c68384772695f4170525677695263447130324b4b6e5669755151315136306a714256736833674664554979536e517a386b6e795545627641697474724b58734f346a61716e4b4f53385a2d62335039337951635757467935686466484f61507559694b507a546f524e416f37546d73444658383771756f7368766167647a4a774448585351314c5245647879715f50696d6d6b356177617543467034445168484255566b52344e764f7a7a6438696f6374714c6b2d674f347a376d66536a71384b706353375751326d46466d7a516241722d504f4264573865504542685433354671644c737275514632306a53464d7636455a345f71736a657677433462715343444c775133414e3443547472586c6139757436697157695837375a7a756c6433434f44564a70676f7a686863557068762d3661567835634567646649414867717844336d375338597439316d32764650702d627a6a625155674269614363364a6f6b782d794f4b6f517274356d75745f5437586d4943576964436650333234422d324e614258727739386b765246616671523259426e33666c5443443664464532354a393356347359714e4a6f454a645765375032513337426377416136346c5442307858396457436446436f4f684c3959733351752d557a424a454952314d59312d394e706174656653676b73502d467733754a5a307456696b766d7369794753666d6954584c4436734d6475363338704676496e3249647635436b37447243445652683473566f4c7a73735f6f5837396538616758616d4c7134684a6d7a366e4e61484974704179355f2d62636a3576564e6d4e6a3432634f79352d582d4a64414337575f71426c3079756d7a4b3050385f6f786738775863683976716b344a4d57774b5047733570486f4f314a54624e7142566b6e4b63443869374443446b49457639743854775334584a33394d693143526e517469386a4367735a4d71735a7678514472667946556f496468314234706f56386d426967644548396d7763743143626d70535f5a4634754b3075495a586331364d75494f64367a62465a70707671466430435f444e304f5571625f443063744955754f7a6d53695f30717a315f4b5a7a6453313841366c4f715f6a6a55766269566256614974564f34686b414348664d52725a5f797553446233307a624639516e5079315f6f765f6c5775316a584833335273523459737469434c6e59526175565f344a69734a345737484a6a674d5541676c48793258635839593074645a6b4a42616a4b4f7177574c364c6546624364744b6341696649644b574534336c62645f35623772576d704c312d5775357432774532566e6142666f657a2d75664a485a6a6a6f51364450755a51314462714665414a462d74303262692d375545596d2d52364d3658695f36795739524b6e5868685a586c34486959454244302d47474a4c4839314c324839616e65756b724c52735658365247774b5138683748536b6b5651446f6e6f4e4372327856687375545039614850765848777172394b3445396c506f6a684458634e59365f6263586d7551333845344564737773754b72626248745353593956336e786757624c53684142305a34467a72355650642d32784643423748454a376376635a5764563944784a524f6e71626475357959625f48735379495774736a6454645f62475443705a4a4e496c4550744853575339454a786a42304561715068514c79754e6a57504b6d70324f372d574c7a4e38636172584235697562644a3830525a4c4151657372506a4a34437364645f4f664b626832336b3736476b61334549336a363673774679456d66554a37593373694d6c345f5839542d76685352427a644850555643304c4568566c4d6f694c667a6a6d447a4e587430733254436132484b7077677a6c416c58596c76385a65426a3250657a51736f336d474a4836685969465361374f46557636633431484d584b504647365a68532d4e30646f42314130742d315a383438586165526b50753568356349427352447550456e646942716f74695852735f6871685f6838376c3744583965416f70556e35556e48426f4b72535a7046506a34727a41454c4b394d474833795f4e646275556a6853435f304b6c31594f655f317762496d494c6938767743747a5137776e64576c41774c6a3669695f43366a4a72414a4c6f336a6970377579416a324363435f6a36724d41', 1795838497000, 1795838497000, 0, 0),
	('7vrkoUfTIU_vDg2wETEpb-V8cWG-x6_rZykkyEqoQFo', 'EdDSA', '\x7b22757365223a22736967222c226b7479223a224f4b50222c226b6964223a223776726b6f55665449555f764467327745544570622d56386357472d78365f725a796b6b7945716f51466f222c22637276223a2245643235353139222c22616c67223a224564445341222c2278223a22412d416f6e74317151583271674267557568776835464b67326d7378652d52484a614e5773784550633641227d', '\x41614967554e446f644e6d5765594a59672d554a776249743936627531455554774163354176655f51637a3146694b414c4d6d665442585161677a3271506336424d76595f30554f7335386f56507a535761526b434759624470653763674d7a324c45476f61544e6250325531654438556f547473414f4a596b5679574b56473763547775724e427771754171496b664b445a6e6444506b36745f48576d53774d4362654b4476785a66335178764f536e326f355f327a41524a723061316b6b6634363763486562337254595376336b44315354756b64786978356f614c3069413171686e78677a396d746342694c356d4f4e766f4253306736524d39416a4e7552464d616e674e50624b613179594c2d4e444a537233726f5058476957646a484967383976726a316e6d6e554b35754f4446656859704f4f745362417446446c7a78577849574443703261336e4d', 1795838497000, 1795838497000, 0, 0),
	('d9gBijsm_NXmg6mHHCFbXoNN8qwtdiC7hJHWa-LiDGY', 'ES256', '\x7b22757365223a22736967222c226b7479223a224543222c226b6964223a2264396742696a736d5f4e586d67366d4848434662586f4e4e3871777464694337684a4857612d4c69444759222c22637276223a22502d323536222c22616c67223a224553323536222c2278223a224579672d654e726d36497966686a75486c34713974396347526b4b3148426f355f61304e47776f614d4873222c2279223a2252536f665552553934695f7a7148386354616370504d474735527737514f6d567a755741796d466e655a77227d', '\x41614b526e4c6a6f6662696f744756434a6e3679394e344b5645326e707478336d37345a5675494d4831456f744f6e78562d497874467932344c4b63673242665536417a49444f65636d35785a544a33434735632d3130327a33376377704a644258324e314956477a32696536794f555734646f6d723031476b31346e6b6a646931516e6a4c39502d716d54666571787549434e4c57643176675746486b72537461762d31494138354b7331797846396a4e682d3348757153555364695a6d6f612d763533464c32564e744e697947633958655437587a6843685348573374314c4e7a715476573865625842597041674a5f4c6c7a6c5f686765566a37597a7a49455841425130616d6f4746675859324666666952427033796e566f717375613778766a6a456c5a57433270506c7171384c316533584d6a764b6732426f4a654a365f614a506162335864467736453946637063747954755a6f6571546e535758524551676b66684477643270754672526c50575a3966694776765479434173674f4a445230356e584b63586b67', 1797739297000, 1797742897000, 0, 0),
	('fg5OlMzzo6_TVumzgAeFl94nMDMvcVGwv3H4LtkSUxk', 'ES256', '\x7b22757365223a22736967222c226b7479223a224543222c226b6964223a226667354f6c4d7a7a6f365f5456756d7a674165466c39346e4d444d7663564777763348344c746b5355786b222c22637276223a22502d323536222c22616c67223a224553323536222c2278223a225731764f7977563962495f616b756975594f2d6d41546a644e4776423737776d42733854704d3557566938222c2279223a22703871744d55794839786c43456a4b67306b73694639483871346f745962704c314430316c395253573549227d', '\x41614967554e446f634d696b792d4554317432494f46555f2d70636263734779506d355373456c543566697a623241786672326e7233336c5552385449707777717470644e644270674e6e56794e55527252466c6a44696e726d47526132495934745f6941584868444d647569464c386a44575f4c31577344357a333077676755382d636a42384e73686d74535943444b334b73754d52464d4b6c5f6f6665625933415032357a3557755f5f7035354a41337a78666d66697372754d323738416154475970444470494e6867633650414a705f366d5a3050684c7a3363663257736e75784972354232684f584d4b78726c355537436b2d5f51694f61306c4539383355796f4a6d4f4c7368344c50575a71334e6f367972416e5661747666767a5264654c77554c45666234776d486e76747a766948683175476c32647757695f3861617938465634367076575f734a44514c47427637316a5159566a566b4853694253585656315864456b656873744e495446363337316d387067577a5f624d5f735f6f6777463274584b663177', 1795838497000, 1795838497000, 1797742897000, 1800421297000),
	('ASHVgEXJJx0SribcKIkgOpdv-aFM9zkahfL71A1_sLU', 'PS256', '\x7b22757365223a22736967222c226b7479223a22525341222c226b6964223a22415348566745584a4a783053726962634b496b674f7064762d61464d397a6b6168664c373141315f734c55222c22616c67223a225053323536222c226e223a22384d7451316b69756437436478444958546353307357656d6e4d32364a3852633358417448714d5a6f427837476b4657394c687a317755495f633976474978316556796472364764396a6e646c453977356f6f2d794774546c73726266497454626a4a6c483444546b74676f443878626b6b437a3156504f687334725855414c4e79495f417a5474386c3669453442693656437149345f784544383766426a6a426d547835714e776c63436a7645512d4967547670573945697a44573863495933786a7165446375374f72544e34366551335a6b544a716d494c53477262344235684166536a5f597535334e307a6b484272623463557a36685146626539435f6732636969424c77714c6c4d2d5947484235585436674f66684f44617a6b2d35534a526c523034643630632d5f7838637473335455574d36516c3559685f6e744f526a336c6e416952427673554573526335416e7751222c2265223a2241514142227d', '\x41614967554e446f636a43775a36774b754d3366615f432d5378784d4935516859725059567532786b632d3961463754514f7a5271474d634e7273464b70656c4358476b75573247623832356f3146574c7749516a736c564c615442635f533151786877425659597637324674327a594b4b6e31542d2d766b42774a7a4554505f7231422d68324c6f4154662d796b424b5356774f534f74746f674a4d79396144484c5a4373655649685758747a49614f6c6e3254625a4c37496b6b5f7373796a704f597030714c74354c6c576d3132785672586850615a457664333647714b454d494745345761315f464e575352596a6a36492d6f714265547a635a3251486a432d47716136723533695a345f506a306a4c56416c5974393759734c6d6c6a7571713749664237746f5f756b4d674f6e417279464d665831574641306e724f656333483531464c476c57485a457277557234445252454b5a375732596a4f4b59637a72537345344a6f364b4e4c324a3738664136314f534552656249754b46595a674d51535857725073557972784c5474736d575877504c7769634b576a4e66656d39387334594252386e6674414e324d4248327451514c5941625334524832655733333559425444574f4952587a645664306a446d6e36324b516a686f4b46375f7a7233574d6b5a754a772d48313148794d555f59505861594f596141525a3675414d644a372d7235656b746f76426b626377476e42736b326239786965662d4149777576536b6b354d745569585078415a6147436e73327933347a443164344c417141487471787934436c7a733437535467374a43347371436f7a384e7265677471734e774e55567a72646955524a5f5471536d557a2d38304e5332505a346f537a5063504c744c566e4336663144316e45694439436b536a6f53646e4e31745a6a4f65563376773057706a45385467455a4d6c75415a4a4f614f434e41494e39387a4f5578776b3467786475626c4332796b305a616f3877756b46524245355676463435744f66537137544f434a5f3178724c7431627464776f4c44534235737365446c745941796a544a665f6d5558302d50336d575f7259436e7056574a4c6d504b51526b2d747151512d6333704657553847677642384d58584747314159786c48684d4179493439553559324c517a332d6e4e65766f627a6e4779747274346e4e725345493958654b547a7071536c3632645834696864486e71676d394a314f756877686d38695f63484b305f6a6e39752d7045736b3831382d4e652d554b765230684b716f327261425845584e796a71714434416e706b377973694d5271386b756434574c7a6f2d62636d5471626d6f4c364b696d4f744f2d7a72453631646269306c64676a6f72377754677a6b3172763877555358667446795f6667786464736179352d33362d78387077707869596d39536555366f63586449353674455447306a456f7a785743307937794c4f68734934315450507474476c5a4e343176504e4c744b30435876654546346c472d4f337665596c524e7238434243494b423875466b49644741486e51556947516d70314c422d754e554257725877685a7370316976525859535a31424f38664e31393964304872424c45504c3378693768616577686458717957335745794649596d6b4d305f373871456e476e494b70756c6e674664666e66615f6442563264386e526e73396f57746730397254576d74626b304f774e5459624465716b6d4e4762342d6a6d54505461345a514b44536b4a616a6b684b5943566a6b31614539424b4774426f78455f3644395561574f65384d49387966654f346d487939413655695a3469707771444c57326a766e69594c496f4855315f614c596d756e75676e6e3030674b5a2d444f3066447974753463415f31625946434e6d6e4f4439635545706c51685f4b4e376a566267764645302d322d6b7a43777235334d6730614356483342546c6e4745765075613961646432545a4543694c507053642d556846534c47734b39557164585f5672334c594f695a55713343665842686d6c56735252626e7778584b626a77426b34353477586f796647555172412d5439514e306c56776979413946444467454e752d346d745734746e4671794a446a364a6e69766c596647595a6a5f476e57366d68756752347333546266313679696f57335974306566326236736e434e4a7369563648676b665f754f5976384c6864566f73764354515935336c3354686945434865572d733045665a704e513748744755516958424b6434505a5939377963647959667572383347343761696e794e366e353665656666697173596a63332d706b32524a776d6e755a34424473786a6c3356434b4759423378515845516950507454304a476e696e736f4c38564e6d4336394935314b67654e524f763550456548366d383330524f5f776e76454357774e3455334f39754f4d703951766c556e65455043767338634f653762435636317a3279447744586c653342765f4e6f717a7354396f7a4147687a6a536a6a667161774b654748754b64615578427a704d414c51373966416b735f357979687235716b556973414d5953797a3436776d7a5a5f4d4e327331386d365a697836706e334a79593565725858577065597139774c6d697372794559695246365238766e6249673447556f546661697a454c7778303752505f48755f5a4565664f5a6d715a7344685836795451642d665448434e674d2d7059776d7667634e38754755703467427961467a4667304749553968656b583069364b48524c572d45654a577838365835395646452d704242574d356742794a7331644e6c5256554c346e567251777337426a4768456c6b54656270476e356968615662476d64436e4757566438573731614931316e36624f665f7558494a427a683867526276724d557475646e44625a6f354943454a736f775a46467533764a496b485a74756a4a38585044467844317055635f39707a795f705f5250694847494c536739726a66636d6261707a31394836457533526b383862634334444a5f64474c304750754b7a525f466573592d757655474e5a664f6f4748764734326f696357376866304d566c5466344352457863763339774e2d6b4b6a6a2d646a696b6e424941306d363662544d2d30375161504866474353384a716131456952746a67', 1795838497000, 1795838497000, 1797739299000, 1800417699000),
	('IdoKyJfROKwqPryF4QRCRCyuMT6QAAtBc7lMzd622bI', 'PS256', '\x7b22757365223a22736967222c226b7479223a22525341222c226b6964223a2249646f4b794a66524f4b77715072794634515243524379754d5436514141744263376c4d7a643632326249222c22616c67223a225053323536222c226e223a2234615350503139796b5656754b307a56796261494d425371665946724c6a74654c55695442447747762d7761536759524c324b33516c75754b794f574c46466a6b48494a46366b49526470734b72527945766345746d39556175775471655032594e584e754d774473657672504a52666864306e497a6e326d2d4d2d6e6a627a70675458755036355a5379734f4177326b7648627356487a6251535f7068543145446234697557446f514155627871416f6639714731484d2d6f594b47464448476d746b616143436e64767155715f526e746a74346c426758506e50356e6a526457474b334a766d58525a784455706c5668316842564f34576647412d524775726b5f7767565f74594d6465396e54704547745639416633504f7a43565a793054664e65506173373953487a6b7478667545675f6459556b664653387675725655737138304d3430646a504433625a755635464f5151222c2265223a2241514142227d', '\x41614b526e4c6a6f636a714335747a616d7245563067344432364b41626a304c776551557a3665736d725f51637a664750475a314a7734556668326f6c47314a56744f76726c6f475a32306739525776666e6d7076395435676878636e566d5551544d586863715a6f4658643532434e494e4165764352684a516e624f5474393030344b534c464b3572392d6d7479344a625651614e4b5a335265326c326b4a4932356c465f437a7945307a776754676e6b413030466f51626d5963336238457278314d645354615a7677526d39384c544e7751546d435a7a4d7a5f4d334c704250356c644b4c394a4f2d755643366244554a4f59565664326d377034325547766b3555496153573278784e337a3554575543565272326e754d715948314c527555646a5f624b42724d575f4c48725a4a51716338626d43454f4953346a563358674c7633575141324c3054583854416f5377335165476c3145366158324a4b506e316e6738506177656564774d71744a30526e4f36567376475f424651337664702d34755a6d74416b734f487573366e784a666244624e4b6f62345f476762425149316937494d385675763943424a4f784a61555a426f524c387569595466374e787536343850386c6f556a69726d486a6766754a4c4e766f3266494b514a686b476b3361536a4b78686638414e4b524931376f6854657049306c4f31445231362d42334c395753326553324c4d5946385148667a575f7339766c506534535531324a4e386b7648466449484e757a4f556a733549436a6c61576b4e45765270424554794f7a4756705268624754395354464250414b6c6c59566672674b6230663649503934536967335a6937694a4731414d5971705f4a3035616b713975367a5f65514b6b6c4f37645f6e7875316355686e445f695959507a2d396b366931706c685156663855644857555777555876586163414465476f54306942585a45355054706f4c5668654e654673625858426e4f77486d6a6337756737494f3356426a766a4e67634c55644e4f5a66596630744c432d6d34474e3174314662637138472d6736774a576c6f66634d4f66695362616748763139676538444d34416c427152464a7a754e4765784a5a55746f332d766a6a68387a706a5030633854664a4c5a6743577877754853307338674b706f4339795535644e42575146495167735052656a396d7376376344596d5561647a4c547941526f5344796541464f6738724451697a3944693374734345576b57676c564f4575596231443666775f3970526a554641794a544b34306152583135674c38524346757a314470553366547a705077675070705633514376527530434b49483869336b6930676f616962724e77436b34767245496159476d50676b4b507046424c476232706264785457346d66385a755733524c2d66635546314945364c345363566130734d6b75327047466178334c54704c3053304a5171306c336461476466704c5a3543752d4d636a4163386d696b53726e4e5f484a6539374f514338416f6633346841656d64355f4472397265544c494a3351697a4f7661766b2d78766b2d57764a4e3177635f674433304831374e753367316b3562374b4f6d7968332d6d71494756557832593369316c765348637369496b6d3564727637624e63426c3477527171504c71374d796f7a6c6572375835396569434d642d546f396355524b326a76505a377a3074476630666e456e704c796a465139786258647a656d4b504d6255696c61457a565643707a533036557563424431626676337a4e49334c757335365153552d726959734d5570326d4e4e71653379744946704f51626b68796d4e376963364e704254415f47436977795775486a6c6b5669614133312d616b526a59323971692d79394c483538373643374e726c39434c4634616832786945736b52445166517a556b7a6166674b64624b46664f3963306932384167633049666d55316652305665374466664439784d456f6545304b4f414953523036744b6d4d4f417575525759663567765175734459546f557353734e796f7845683665764c7849763648415245425a493474673931613350674d784a3843784d532d57775f394b374569396e63787768507176703945494f52616f577744396236666445645353682d7a2d55716141744d4c535a4d6a4e6b523169743856454669796d4b4a63537744375a6158505a6d42506b6b307844396f446176617068626a615f476f4a58646f6f576d304c4a4a335a504e6a612d534b6d534643323271793078486276454155584939437a627269393934507850494b6d794a4d6751704164625957646b67534f31704474547357343143746137426e4e4b45335a73746d4a563231715a4d5037666b67696b767838784e536e38344e76657550384f5f6e6e543177747a5750436e3630516b59513144386c4b494765644c6e63714c35506f303977335862695151316c4d3858786861325275665258525867346f414f77506c4c6d787667654241655355594766446a714f2d4b5a44556a6d616f55387a70547369365655515978677073737135395441484d6e31366b5169436651664c43524d52766370487048487367394668484f70467a6f363374356d463844703537586d326f786569424b707a6431634e674c43516a7a656c3733744b51716c54686e6430706d6b376269736e55654d416851313048764f55674162643341543479745145624c4b6e536364463771686c74734e6845324170766b446f543637736a41704a3855624a463362316d7777494f654c58455f4b702d4b576a432d6c634651546b79325a47367169515173686d7479413349494b303079346e684c374259644c68345751647234594b78413570623469484d7341786e307539524f63516c36624f547336795a4d6150626c5f384b745a335f676e6866546962766a457271345f33334956546b38636d4d315f6938393454795965477a444d344e45647834664a717a64497a4876423768553172324d68594d304d6152594c747576554878496d315075416a58415a6b45724b6a364e5a4f7243596871786644673838614d66314d644d495852573278465075336758512d716d5067755969346d57574941577756354b51656c2d6c6330705f4d682d787556696c465a4f7251735a7a757a6135676b7752314f6e684479613647384b5434736a', 1797739297000, 1797739299000, 1797739297000, 1797739297000);

INSERT INTO public.strike VALUES
	('address d27fb1b45c2670fa64c03d01d4261569', 1, 1797739897000),
	('account b657ef54675d1ba1453928101ff7cb2e', 1, 1797739897000),
	('account fa73b451489b2b3707011e9dbea812f2', 1, 1797739897000);

INSERT INTO public.subject VALUES
	('01a22050-e057-7bd9-9256-531d26d2f540', 1, 0);

SELECT pg_catalog.setval('public.goose_db_version_id_seq', 6, true);

ALTER TABLE ONLY public.access_token
    ADD CONSTRAINT access_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_token_20261220
    ADD CONSTRAINT access_token_20261220_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_token_20261221
    ADD CONSTRAINT access_token_20261221_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_token_20261222
    ADD CONSTRAINT access_token_20261222_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_token_20261223
    ADD CONSTRAINT access_token_20261223_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_token_default
    ADD CONSTRAINT access_token_default_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_token_before
    ADD CONSTRAINT access_token_pkey_before PRIMARY KEY (id);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_canonical_key UNIQUE (canonical);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.client
    ADD CONSTRAINT client_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.code
    ADD CONSTRAINT code_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.code_20261220
    ADD CONSTRAINT code_20261220_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.code_20261221
    ADD CONSTRAINT code_20261221_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.code_20261222
    ADD CONSTRAINT code_20261222_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.code_20261223
    ADD CONSTRAINT code_20261223_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.code_default
    ADD CONSTRAINT code_default_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.code_before
    ADD CONSTRAINT code_pkey_before PRIMARY KEY (id);

ALTER TABLE ONLY public.config_version
    ADD CONSTRAINT config_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_pkey PRIMARY KEY (subject, client_id);

ALTER TABLE ONLY public.family
    ADD CONSTRAINT family_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.family_20261217
    ADD CONSTRAINT family_20261217_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.family_20270114
    ADD CONSTRAINT family_20270114_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.family_default
    ADD CONSTRAINT family_default_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.family_before
    ADD CONSTRAINT family_pkey_before PRIMARY KEY (id);

ALTER TABLE ONLY public.goose_db_version
    ADD CONSTRAINT goose_db_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.logout_notice
    ADD CONSTRAINT logout_notice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.revoked_jwt
    ADD CONSTRAINT revoked_jwt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signing_key
    ADD CONSTRAINT signing_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.strike
    ADD CONSTRAINT strike_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT subject_pkey PRIMARY KEY (id);

CREATE INDEX account_email ON public.account USING btree (lower(email));

CREATE INDEX client_name ON public.client USING btree (lower(name), id);

CREATE INDEX consent_client ON public.consent USING btree (client_id);

CREATE INDEX family_client ON ONLY public.family USING btree (client_id);

CREATE INDEX family_20261217_client_id_idx ON public.family_20261217 USING btree (client_id);

CREATE INDEX family_session ON ONLY public.family USING btree (session_id);

CREATE INDEX family_20261217_session_id_idx ON public.family_20261217 USING btree (session_id);

CREATE INDEX family_subject ON ONLY public.family USING btree (subject, client_id);

CREATE INDEX family_20261217_subject_client_id_idx ON public.family_20261217 USING btree (subject, client_id);

CREATE INDEX family_20270114_client_id_idx ON public.family_20270114 USING btree (client_id);

CREATE INDEX family_20270114_session_id_idx ON public.family_20270114 USING btree (session_id);

CREATE INDEX family_20270114_subject_client_id_idx ON public.family_20270114 USING btree (subject, client_id);

CREATE INDEX family_client_before ON public.family_before USING btree (client_id);

CREATE INDEX family_default_client_id_idx ON public.family_default USING btree (client_id);

CREATE INDEX family_default_session_id_idx ON public.family_default USING btree (session_id);

CREATE INDEX family_default_subject_client_id_idx ON public.family_default USING btree (subject, client_id);

CREATE INDEX family_session_before ON public.family_before USING btree (session_id);

CREATE INDEX family_subject_before ON public.family_before USING btree (subject, client_id);

CREATE INDEX logout_notice_next ON public.logout_notice USING btree (next_at);

CREATE INDEX session_of_user ON public.session USING btree (user_id);

ALTER INDEX public.access_token_pkey ATTACH PARTITION public.access_token_20261220_pkey;

ALTER INDEX public.access_token_pkey ATTACH PARTITION public.access_token_20261221_pkey;

ALTER INDEX public.access_token_pkey ATTACH PARTITION public.access_token_20261222_pkey;

ALTER INDEX public.access_token_pkey ATTACH PARTITION public.access_token_20261223_pkey;

ALTER INDEX public.access_token_pkey ATTACH PARTITION public.access_token_default_pkey;

ALTER INDEX public.access_token_pkey ATTACH PARTITION public.access_token_pkey_before;

ALTER INDEX public.code_pkey ATTACH PARTITION public.code_20261220_pkey;

ALTER INDEX public.code_pkey ATTACH PARTITION public.code_20261221_pkey;

ALTER INDEX public.code_pkey ATTACH PARTITION public.code_20261222_pkey;

ALTER INDEX public.code_pkey ATTACH PARTITION public.code_20261223_pkey;

ALTER INDEX public.code_pkey ATTACH PARTITION public.code_default_pkey;

ALTER INDEX public.code_pkey ATTACH PARTITION public.code_pkey_before;

ALTER INDEX public.family_client ATTACH PARTITION public.family_20261217_client_id_idx;

ALTER INDEX public.family_pkey ATTACH PARTITION public.family_20261217_pkey;

ALTER INDEX public.family_session ATTACH PARTITION public.family_20261217_session_id_idx;

ALTER INDEX public.family_subject ATTACH PARTITION public.family_20261217_subject_client_id_idx;

ALTER INDEX public.family_client ATTACH PARTITION public.family_20270114_client_id_idx;

ALTER INDEX public.family_pkey ATTACH PARTITION public.family_20270114_pkey;

ALTER INDEX public.family_session ATTACH PARTITION public.family_20270114_session_id_idx;

ALTER INDEX public.family_subject ATTACH PARTITION public.family_20270114_subject_client_id_idx;

ALTER INDEX public.family_client ATTACH PARTITION public.family_client_before;

ALTER INDEX public.family_client ATTACH PARTITION public.family_default_client_id_idx;

ALTER INDEX public.family_pkey ATTACH PARTITION public.family_default_pkey;

ALTER INDEX public.family_session ATTACH PARTITION public.family_default_session_id_idx;

ALTER INDEX public.family_subject ATTACH PARTITION public.family_default_subject_client_id_idx;

ALTER INDEX public.family_pkey ATTACH PARTITION public.family_pkey_before;

ALTER INDEX public.family_session ATTACH PARTITION public.family_session_before;

ALTER INDEX public.family_subject ATTACH PARTITION public.family_subject_before;
