package account_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// COSE algorithms.
const (
	algES256 = -7
	algEdDSA = -8
	algRS256 = -257
	algES384 = -35 // not offered
)

// Flags of authenticator data (WebAuthn §6.1).
const (
	userPresent    = 1 << 0
	userVerified   = 1 << 2
	backupEligible = 1 << 3
	backedUp       = 1 << 4
	hasCredential  = 1 << 6
)

// authenticator is a passkey in software, and the browser around it.
type authenticator struct {
	id, handle []byte
	alg        int
	key        crypto.Signer
	flags      byte
	counts     bool // it has a signature counter
	counter    uint32

	// The members that a fake site or a fake browser changes.
	origin, rpID, kind string
	crossOrigin        bool
}

func newAuthenticator(t *testing.T, alg int) *authenticator {
	t.Helper()
	a := &authenticator{id: make([]byte, 20), alg: alg, flags: userPresent | userVerified, origin: "https://id.example", rpID: "id.example"}
	_, _ = rand.Read(a.id)
	var err error
	switch alg {
	case algEdDSA:
		_, a.key, err = ed25519.GenerateKey(rand.Reader)
	case algRS256:
		a.key, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rsaKeyOf returns a key with which nothing can be signed.
func rsaKeyOf(bits uint) *rsa.PrivateKey {
	n := new(big.Int).Lsh(big.NewInt(1), bits)
	return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n.Sub(n, big.NewInt(1)), E: 65537}}
}

// cose returns the public key (RFC 9053).
func (a *authenticator) cose(t *testing.T) []byte {
	t.Helper()
	var key map[int]any
	switch public := a.key.Public().(type) {
	case ed25519.PublicKey:
		key = map[int]any{1: 1, 3: a.alg, -1: 6, -2: []byte(public)}
	case *rsa.PublicKey:
		key = map[int]any{1: 3, 3: a.alg, -1: public.N.Bytes(), -2: []byte{1, 0, 1}}
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		key = map[int]any{1: 2, 3: a.alg, -1: 1, -2: point[1:33], -3: point[33:]}
	}
	return encode(t, cbor.Marshal, key)
}

func encode(t *testing.T, marshal func(any) ([]byte, error), v any) []byte {
	t.Helper()
	text, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// options holds what the server sends to the browser.
type options struct {
	Challenge string                `json:"challenge"`
	RPID      string                `json:"rpId"`
	RP        struct{ ID string }   `json:"rp"`
	User      struct{ ID string }   `json:"user"`
	Allow     []struct{ ID string } `json:"allowCredentials"`
	Exclude   []struct{ ID string } `json:"excludeCredentials"`
	Verify    string                `json:"userVerification"`
}

func parseOptions(t *testing.T, text []byte) (o options) {
	t.Helper()
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func (a *authenticator) clientData(t *testing.T, kind, challenge string) []byte {
	t.Helper()
	if a.kind != "" {
		kind = a.kind
	}
	return encode(t, json.Marshal, map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": a.crossOrigin})
}

func (a *authenticator) data(flags byte) []byte {
	hash := sha256.Sum256([]byte(a.rpID))
	if a.counts {
		a.counter++
	}
	return binary.BigEndian.AppendUint32(append(hash[:], a.flags|flags), a.counter)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// create returns the answer to creation options.
func (a *authenticator) create(t *testing.T, text []byte) []byte {
	t.Helper()
	o := parseOptions(t, text)
	handle, err := base64.RawURLEncoding.DecodeString(o.User.ID)
	if err != nil || len(handle) != 32 || o.RP.ID != "id.example" {
		t.Fatalf("the options are %s", text)
	}
	a.handle = handle
	data := append(a.data(hasCredential), make([]byte, 16)...)    // the AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id))) //nolint:gosec // it is short
	data = append(append(data, a.id...), a.cose(t)...)
	object := encode(t, cbor.Marshal, map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	return encode(t, json.Marshal, map[string]any{
		"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": b64(a.clientData(t, "webauthn.create", o.Challenge)), "attestationObject": b64(object), "transports": []string{"internal", "hybrid"}},
	})
}

// get returns the answer to request options.
func (a *authenticator) get(t *testing.T, text []byte) []byte {
	t.Helper()
	o := parseOptions(t, text)
	client, data := a.clientData(t, "webauthn.get", o.Challenge), a.data(0)
	hash := sha256.Sum256(client)
	signed := append(append([]byte(nil), data...), hash[:]...)
	digest, method := sha256.Sum256(signed), crypto.SignerOpts(crypto.SHA256)
	message := digest[:]
	if a.alg == algEdDSA {
		message, method = signed, crypto.Hash(0)
	}
	signature, err := a.key.Sign(rand.Reader, message, method)
	if err != nil {
		t.Fatal(err)
	}
	response := map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
	if len(a.handle) > 0 {
		response["userHandle"] = b64(a.handle)
	}
	return encode(t, json.Marshal, map[string]any{
		"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response,
	})
}
