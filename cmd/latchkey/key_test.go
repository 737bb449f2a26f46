package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

// TestAKeyGeneratedElsewhereCanBeImported in each of the forms that openssl writes.
func TestAKeyGeneratedElsewhereCanBeImported(t *testing.T) {
	t.Parallel()
	for name, marshal := range map[string]func(*ecdsa.PrivateKey) ([]byte, error){
		"PRIVATE KEY":    func(k *ecdsa.PrivateKey) ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k) },
		"EC PRIVATE KEY": x509.MarshalECPrivateKey,
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			der, err := marshal(private)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(data, "key.pem")
			if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: name, Bytes: der}), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := runJSON(t, data, "key", "import", file, "--now"); (got["state"] != "active" && got["state"] != "published") || got["alg"] != "ES256" {
				t.Errorf("got %v", got)
			}
		})
	}
}

func FuzzParsePrivateKey(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"))
	f.Add([]byte(`{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if key, err := parsePrivateKey(text); err == nil && key == nil {
			t.Error("neither a key nor an error")
		}
	})
}
