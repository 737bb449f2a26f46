package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// guardOperation is something that the guard of an API does for each request, and its
// floor, which no guard can avoid.
type guardOperation struct {
	name, floor string
	guard, bare func() error
}

// measureGuards prints how long the guard of an API takes to verify a token, beside the bare
// look-up in a map and the bare signature check.
func measureGuards(out io.Writer, slice time.Duration, rounds int) error {
	operations, err := guardOperations()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "guard of an API, for each request")
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(w, "%-34s\tns\tfloor ns\tratio\t\n", "")
	for _, op := range operations {
		var guards, floors, ratios []float64
		for range rounds {
			guard, err := nanoseconds(op.guard, slice)
			if err != nil {
				return fmt.Errorf("%s: %w", op.name, err)
			}
			floor, err := nanoseconds(op.bare, slice)
			if err != nil {
				return fmt.Errorf("%s: %w", op.floor, err)
			}
			guards, floors, ratios = append(guards, guard), append(floors, floor), append(ratios, guard/floor)
		}
		middle := func(values []float64) float64 { slices.Sort(values); return values[len(values)/2] }
		_, _ = fmt.Fprintf(w, "%-34s\t%.0f\t%.0f\t%.2f\t\n", "  "+op.name+" / "+op.floor, middle(guards), middle(floors), middle(ratios))
	}
	err = w.Flush()
	_, _ = fmt.Fprintln(out)
	return err
}

// nanoseconds calls the function repeatedly and returns how long one call takes.
func nanoseconds(call func() error, slice time.Duration) (float64, error) {
	n := 0
	for begun, batch := time.Now(), 1; ; batch *= 2 {
		for range batch {
			if err := call(); err != nil {
				return 0, err
			}
		}
		n += batch
		if passed := time.Since(begun); passed >= slice/2 {
			return float64(passed) / float64(n), nil
		}
	}
}

func guardOperations() ([]guardOperation, error) {
	operations := []guardOperation{cachedIntrospection()}
	for _, alg := range []string{jose.ES256, jose.RS256, jose.EdDSA} {
		op, err := jwtVerification(alg)
		if err != nil {
			return nil, err
		}
		operations = append(operations, op)
	}
	return operations, nil
}

// served is the transport of an HTTP client, with one response.
type served string

func (s served) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(s))), Request: r}, nil
}

const guardAudience = "https://api.example.com"

// cachedIntrospection looks up one of a thousand cached tokens.
func cachedIntrospection() guardOperation {
	const body = `{"active":true,"token_type":"Bearer","client_id":"app","sub":"ada","scope":"read write","aud":"` + guardAudience + `","exp":32503680000}`
	verifier := &resource.Introspection{URL: "https://id.example.com/introspect", ClientID: "api", ClientSecret: "secret", Audience: guardAudience, CacheFor: time.Hour, Client: &http.Client{Transport: served(body)}}
	bare := make(map[string]*resource.Token)
	var tokens []string
	for range 1000 {
		token := "lk_at_" + rand.Text() + rand.Text() + rand.Text()
		tokens, bare[token] = append(tokens, token), new(resource.Token)
	}
	ctx, next := context.Background(), 0
	return guardOperation{
		"cached introspection", "map look-up",
		func() error {
			next++
			_, err := verifier.Verify(ctx, tokens[next%len(tokens)])
			return err
		},
		func() error {
			next++
			if bare[tokens[next%len(tokens)]] == nil {
				return errors.New("the token is not in the map")
			}
			return nil
		},
	}
}

// jwtVerification verifies a JWT access token.
func jwtVerification(alg string) (guardOperation, error) {
	private, bare, err := guardKey(alg)
	if err != nil {
		return guardOperation{}, err
	}
	key, err := jose.NewPrivateKey(alg, private)
	if err != nil {
		return guardOperation{}, err
	}
	public, err := key.PublicJWK()
	if err != nil {
		return guardOperation{}, err
	}
	payload, err := json.Marshal(map[string]any{
		"iss": "https://id.example.com/o", "aud": guardAudience, "sub": "01997d6f-8f5c-7a7e-9d2b-2f6f1c1f3b11", "client_id": "2f6f1c1f3b11", "jti": "01997d6f-8f5c-7a7e-9d2b-2f6f1c1f3b12",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "auth_time": time.Now().Unix(), "scope": "openid profile read write", "family": "01997d6f-8f5c-7a7e-9d2b-2f6f1c1f3b13",
	})
	if err != nil {
		return guardOperation{}, err
	}
	token, err := key.Sign("at+jwt", payload)
	if err != nil {
		return guardOperation{}, err
	}
	end := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		return guardOperation{}, err
	}
	verifier := &resource.JWT{
		Issuer: "https://id.example.com/o", Audience: guardAudience, KeysURL: "https://id.example.com/jwks",
		Client: &http.Client{Transport: served(`{"keys":[` + string(bytes.TrimSpace(public)) + `]}`)},
	}
	ctx, check := context.Background(), bare(signature)
	return guardOperation{
		"JWT " + alg, "signature check",
		func() error { _, err := verifier.Verify(ctx, token); return err },
		func() error {
			if !check([]byte(token[:end])) {
				return errors.New("the signature is wrong")
			}
			return nil
		},
	}, nil
}

// guardKey returns a new key, and a function that prepares the bare check of a signature.
func guardKey(alg string) (private any, bare func(signature []byte) func(input []byte) bool, err error) {
	switch alg {
	case jose.ES256:
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return key, func(signature []byte) func([]byte) bool {
			r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
			return func(input []byte) bool {
				digest := sha256.Sum256(input)
				return ecdsa.Verify(&key.PublicKey, digest[:], r, s)
			}
		}, err
	case jose.RS256:
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		return key, func(signature []byte) func([]byte) bool {
			return func(input []byte) bool {
				digest := sha256.Sum256(input)
				return rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature) == nil
			}
		}, err
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	return key, func(signature []byte) func([]byte) bool {
		return func(input []byte) bool { return ed25519.Verify(public, input, signature) }
	}, err
}
