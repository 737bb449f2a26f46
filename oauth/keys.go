package oauth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// AlgES256 is the default signature algorithm (RFC 7518 §3.4).
const AlgES256 = string(jose.ES256)

// keyRing holds the signing keys, opened, and follows the Store's Version.
type keyRing struct {
	store Store
	seal  sealer
	clock func() time.Time

	mu   sync.Mutex // one loads at a time
	keys atomic.Pointer[openKeys]
}

// openKeys is one state of the ring; it is never changed.
type openKeys struct {
	version uint64
	signers []signingKey
	public  jose.JSONWebKeySet
	jwks    Document
}

type signingKey struct {
	alg                 string
	activeAt, retiredAt time.Time
	signer              jose.Signer
}

// prepare makes the first key if there is none, and loads what there is. Of
// several processes that start at once, one wins.
func (k *keyRing) prepare() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	existing, err := k.store.SigningKeys(ctx)
	if err != nil {
		return err
	}
	if len(existing) == 0 {
		key, err := k.generate()
		if err != nil {
			return err
		}
		if _, err := k.store.AddSigningKey(ctx, key, true); err != nil {
			return err
		}
	}
	_, err = k.load(ctx)
	return err
}

func (k *keyRing) generate() (SigningKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return SigningKey{}, err
	}
	jwk := jose.JSONWebKey{Key: private, Algorithm: AlgES256, Use: "sig"}
	thumb, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return SigningKey{}, err
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumb)
	plain, err := jwk.MarshalJSON()
	if err != nil {
		return SigningKey{}, err
	}
	public, err := jwk.Public().MarshalJSON()
	if err != nil {
		return SigningKey{}, err
	}
	now := k.clock()
	sealed, err := k.seal.seal(NewID(now), plain, jwk.KeyID)
	if err != nil {
		return SigningKey{}, err
	}
	return SigningKey{ID: jwk.KeyID, Alg: AlgES256, Public: public, Private: []byte(sealed), CreatedAt: now, ActiveAt: now}, nil
}

// current is the ring as the Store has it.
func (k *keyRing) current(ctx context.Context) (*openKeys, error) {
	if keys := k.keys.Load(); keys != nil && keys.version == k.store.Version() {
		return keys, nil
	}
	return k.load(ctx)
}

func (k *keyRing) load(ctx context.Context) (*openKeys, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	version := k.store.Version() // before the rows: never newer than they are
	if keys := k.keys.Load(); keys != nil && keys.version == version {
		return keys, nil
	}
	rows, err := k.store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	keys := &openKeys{version: version, public: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}}
	for _, row := range rows {
		var public jose.JSONWebKey
		if err := json.Unmarshal(row.Public, &public); err != nil {
			return nil, fmt.Errorf("signing key %s: %w", row.ID, err)
		}
		if row.ExpiresAt.IsZero() || row.ExpiresAt.After(k.clock()) {
			keys.public.Keys = append(keys.public.Keys, public)
		}
		signer, err := k.open(row, public)
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w (is this the master key that it was sealed with?)", row.ID, err)
		}
		keys.signers = append(keys.signers, signingKey{row.Alg, row.ActiveAt, row.RetiredAt, signer})
	}
	body, err := json.Marshal(keys.public)
	if err != nil {
		return nil, err
	}
	keys.jwks = newDocument(body)
	k.keys.Store(keys)
	return keys, nil
}

func (k *keyRing) open(row SigningKey, public jose.JSONWebKey) (jose.Signer, error) {
	plain, err := k.seal.open(string(row.Private), row.ID)
	if err != nil {
		return nil, err
	}
	var private jose.JSONWebKey
	if err := json.Unmarshal(plain, &private); err != nil {
		return nil, errors.New("cannot be read") // the cause could quote the key
	}
	key, ok := private.Key.(*ecdsa.PrivateKey)
	if !ok || row.Alg != AlgES256 {
		return nil, fmt.Errorf("algorithm %s is not supported", row.Alg)
	}
	return jose.NewSigner(
		jose.SigningKey{Algorithm: jose.ES256, Key: deterministic{key, public}},
		(&jose.SignerOptions{}).WithType("at+jwt"), // RFC 9068 §2.1
	)
}

// signer is the newest key of the algorithm that may sign now.
func (o *openKeys) signer(alg string, now time.Time) (jose.Signer, error) {
	for i := len(o.signers) - 1; i >= 0; i-- {
		key := o.signers[i]
		if key.alg == alg && !key.activeAt.After(now) && (key.retiredAt.IsZero() || key.retiredAt.After(now)) {
			return key.signer, nil
		}
	}
	return nil, fmt.Errorf("no signing key for %s", alg)
}

// deterministic signs as RFC 6979 says: the same payload always gets the same
// signature. An idempotent replay of a refresh gets the same JWT that way, and
// a weak random generator gives no key away.
type deterministic struct {
	key    *ecdsa.PrivateKey
	public jose.JSONWebKey
}

func (d deterministic) Public() *jose.JSONWebKey        { return &d.public }
func (d deterministic) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{jose.ES256} }

func (d deterministic) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	digest := sha256.Sum256(payload)
	der, err := d.key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var sig struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &sig); err != nil {
		return nil, err
	}
	out := make([]byte, 64) // RFC 7518 §3.4: R and S, 32 bytes each
	sig.R.FillBytes(out[:32])
	sig.S.FillBytes(out[32:])
	return out, nil
}
