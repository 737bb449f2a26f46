package web_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// authenticator is a passkey in software that verifies the person (WebAuthn §6).
type authenticator struct {
	id, handle []byte
	key        *ecdsa.PrivateKey
	origin     string
}

// newAuthenticator returns a passkey that belongs to nobody yet.
func newAuthenticator(t *testing.T, origin string) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authenticator{id: make([]byte, 20), key: key, origin: origin}
	_, _ = rand.Read(a.id)
	return a
}

// addPasskey adds a passkey to a person. The issuer must be at localhost.
func addPasskey(t *testing.T, p *latchkeytest.Provider, u *account.User, origin string) *authenticator {
	t.Helper()
	a := newAuthenticator(t, origin)
	cookie, _, err := p.Accounts.StartSession(t.Context(), u, account.Browser{}, "")
	if err != nil {
		t.Fatal(err)
	}
	options, err := p.Accounts.PreparePasskey(t.Context(), cookie)
	if err == nil {
		_, err = p.Accounts.AddPasskey(t.Context(), cookie, a.create(t, options), "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func marshaled(t *testing.T, marshal func(any) ([]byte, error), v any) []byte {
	t.Helper()
	text, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *authenticator) clientData(t *testing.T, kind, challenge string) []byte {
	t.Helper()
	return marshaled(t, json.Marshal, map[string]any{"type": kind, "challenge": challenge, "origin": a.origin})
}

func (a *authenticator) answer(t *testing.T, response map[string]any) []byte {
	t.Helper()
	return marshaled(t, json.Marshal, map[string]any{
		"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response,
	})
}

// authenticatorData returns the flags (user present, user verified, and more) and the
// counter 0 (WebAuthn §6.1).
func authenticatorData(more byte) []byte {
	hash := sha256.Sum256([]byte("localhost"))
	return append(hash[:], 1|4|more, 0, 0, 0, 0)
}

// create returns the answer to creation options.
func (a *authenticator) create(t *testing.T, text []byte) []byte {
	t.Helper()
	var o struct {
		Challenge string
		User      struct{ ID string }
	}
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	var err error
	if a.handle, err = base64.RawURLEncoding.DecodeString(o.User.ID); err != nil {
		t.Fatal(err)
	}
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	data := append(authenticatorData(1<<6), make([]byte, 16)...)  // the AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id))) //nolint:gosec // it is short
	data = append(append(data, a.id...), marshaled(t, cbor.Marshal, map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})...)
	object := marshaled(t, cbor.Marshal, map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	return a.answer(t, map[string]any{"clientDataJSON": b64(a.clientData(t, "webauthn.create", o.Challenge)), "attestationObject": b64(object)})
}

// get returns the answer to request options.
func (a *authenticator) get(t *testing.T, text string) string {
	t.Helper()
	var o struct{ Challenge string }
	if err := json.Unmarshal([]byte(text), &o); err != nil || o.Challenge == "" {
		t.Fatalf("the options are %s", text)
	}
	client, data := a.clientData(t, "webauthn.get", o.Challenge), authenticatorData(0)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte(nil), data...), hash[:]...))
	signature, err := a.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return string(a.answer(t, map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(a.handle)}))
}
