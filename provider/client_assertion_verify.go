package provider

import (
	"bytes"
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// checkAssertion checks the assertion of a client that is registered for
// private_key_jwt or client_secret_jwt, or that MaySign, and uses it up. A client with workload
// identities accepts those of other issuers too. Wrong assertions are
// counted only if they are guesses at a secret that a person chose: nobody can
// guess a key, and a signature costs little to verify.
func (s *Provider) checkAssertion(ctx context.Context, client *oauth.Client, a *clientAssertion) error {
	if a.isWorkload(client) {
		return s.checkWorkload(ctx, client, a.text)
	}
	method := oauth.AuthPrivateKeyJWT
	if a.mac {
		method = oauth.AuthSecretJWT
	}
	if err := s.checkAssertionClaims(client.ID, a.claims); err != nil {
		return err
	}
	switch {
	case client.AuthMethod != method && (a.mac || !client.MaySign()):
		return errNotRegistered(client, method)
	case client.AuthAlg != "" && client.AuthAlg != a.token.Algorithm:
		return hidden(errAssertion("the client_assertion must be signed with %s, which is registered for the application.", client.AuthAlg))
	}
	var payload []byte
	var err error
	if a.mac {
		payload, err = s.verifySecretJWT(ctx, client, a.token)
	} else {
		payload, err = s.verifyWithClientKey(ctx, client, a.token)
	}
	if err != nil {
		return hidden(err)
	}
	if !bytes.Equal(payload, a.token.UnverifiedPayload()) {
		return errAssertion("the client_assertion is malformed.")
	}
	if client.Unconfirmed { // anyone can register, and each assertion that is used is a row
		if err := s.limits.assertions.take(networkOf(ctx), s.now()); err != nil {
			return err
		}
	}
	first, err := s.firstUse(ctx, client.ID, "client "+client.ID, a.claims.id, a.claims.expires.Time())
	if err == nil && !first {
		return errAssertion("the client_assertion was used before. Create a new one with a new jti for each request.").WithReason("used_before")
	}
	return err
}

// verifyWithClientKey returns the payload of an assertion that is signed with a
// key of the client.
func (s *Provider) verifyWithClientKey(ctx context.Context, client *oauth.Client, token *jose.Token) ([]byte, error) {
	keys, err := s.clientKeys(ctx, client, jose.Verifies(token.Algorithm, token.KeyID))
	switch {
	case errors.Is(err, errUnreachable):
		return nil, oauth.Errorf(oauth.CodeTemporarilyUnavailable, "The keys of the application cannot be fetched from its jwks_uri at the moment. Try again shortly.").WithReason("unreachable").WithDetail("%v", err)
	case errors.Is(err, oauth.ErrUnavailable): // the document is not a key set, or its URL must not be fetched
		return nil, errAssertion("the keys of the application could not be fetched from its jwks_uri.").WithDetail("%v", err)
	case err != nil:
		return nil, err
	}
	for i := range keys {
		if payload, err := token.Verify(&keys[i]); err == nil {
			return payload, nil
		}
	}
	if len(keys) == 0 {
		return nil, errAssertion("the application has no key for the alg and kid of the client_assertion. Add its public key to the jwks of the application, or publish it at the jwks_uri.").
			WithDetail("alg %s, kid %q", token.Algorithm, token.KeyID)
	}
	return nil, errAssertion("the client_assertion is not signed with a key of the application.").WithDetail("alg %s, kid %q, %d possible keys", token.Algorithm, token.KeyID, len(keys))
}

// verifySecretJWT returns the payload of an assertion whose HMAC was made with a secret
// of the client that is stored in readable form.
func (s *Provider) verifySecretJWT(ctx context.Context, client *oauth.Client, token *jose.Token) ([]byte, error) {
	now := s.Clock()
	readable := false
	for _, secret := range client.Secrets {
		if secret.Sealed == "" || secret.Expired(now) {
			continue
		}
		readable = true
		text, err := s.secrets.openOne(client, secret)
		if err != nil {
			return nil, err
		}
		payload, err := s.guessMAC(newGuesser(client.ID, addressOf(ctx)), secret, token, text)
		if err != nil {
			return nil, err
		}
		if payload != nil {
			s.uses.note(client.ID, secret.ID, now)
			return payload, nil
		}
	}
	if !readable {
		return nil, errAssertion("HS256 needs the secret of the application, but only a hash of it is stored. Rotate the secret and choose to store it encrypted, or use private_key_jwt.")
	}
	return nil, errAssertion("the HMAC of the client_assertion was computed with another secret.").WithReason("wrong_secret")
}

// guessMAC returns the payload if the HMAC was made with the secret, and nil if
// not. Guesses at a secret that a person chose are limited, as if the secret
// itself had been sent.
func (s *Provider) guessMAC(who guesser, secret oauth.ClientSecret, token *jose.Token, text []byte) (payload []byte, err error) {
	verify := func() bool {
		payload, err = token.VerifyMAC(text)
		return err == nil
	}
	if secret.Slow == "" {
		verify()
		return payload, nil
	}
	if wait := s.slow.guesses.check(who, s.Clock(), verify); wait > 0 {
		return nil, errTooManyGuesses(wait)
	}
	return payload, nil
}
