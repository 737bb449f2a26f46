package sqlstore

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An owner is a client or a person with access tokens.
type owner string

func clientOwner(id string) owner { return owner("client " + id) }

func personOwner(subject string) owner { return owner("person " + subject) }

// An ownerKey is the hash of an owner. It is stored: it must not change. The hash has a key, so that
// the owner of a client cannot choose an id with the hash of another client, which would make searches
// for that one slow.
type ownerKey uint64

func (o owner) key(secret []byte) ownerKey {
	h := hmac.New(sha256.New, secret)
	_, _ = h.Write([]byte(o)) // cannot fail
	return ownerKey(binary.BigEndian.Uint64(h.Sum(nil)))
}

// indexKey returns the key of the hash, which all processes share. It is in the row before those of the first run.
func (s *Store) indexKey(ctx context.Context) (key []byte, err error) {
	err = s.row(ctx, `SELECT entries FROM latchkey_access_entry WHERE id = 0`).Scan(&key)
	return key, err
}

// createIndexKey returns the key like indexKey. If the key does not exist, it creates one.
func (s *Store) createIndexKey(ctx context.Context) ([]byte, error) {
	key, err := s.indexKey(ctx)
	if !Expected(err) {
		return key, err
	}
	err = s.write(ctx, func(t *tx) error {
		return t.Exec(`INSERT INTO latchkey_access_entry (id, entries) VALUES (0, $1) ON CONFLICT DO NOTHING`, []byte(rand.Text()))
	})
	if err != nil {
		return nil, err
	}
	return s.indexKey(ctx)
}

func (k ownerKey) bucket() int { return int(k % runBuckets) } //nolint:gosec // less than runBuckets

// short is the part of the key that is stored. Another key with the same part only costs a
// search some time.
func (k ownerKey) short() uint16 { return uint16(k >> 32) } //nolint:gosec // a part

// runEntry is the size of an entry: a part of the hash, and an id. The id is zero if there
// are more than mostInRun.
const runEntry = 2 + 16

// entries appends the entries of the key to those of its bucket.
func (k ownerKey) entries(to []byte, ids []oauth.ID) []byte {
	if len(ids) > mostInRun {
		ids = []oauth.ID{{}}
	}
	for _, id := range ids {
		to = append(binary.BigEndian.AppendUint16(to, k.short()), id[:]...)
	}
	return to
}

// tooMany is in each bucket of a run that contains no ids, because it would have too many. It is
// shorter than an entry.
var tooMany = []byte{0}

// ids returns the ids of the key in a bucket, in their order, or that there are too many.
func (k ownerKey) ids(entries []byte) (ids [][]byte, many bool) {
	for ; len(entries) >= runEntry; entries = entries[runEntry:] {
		if binary.BigEndian.Uint16(entries) != k.short() {
			continue
		}
		id := oauth.ID(entries[2:runEntry])
		if id.IsZero() {
			return nil, true
		}
		ids = append(ids, id[:])
	}
	return ids, len(entries) == len(tooMany)
}

// owned are ids by their owners, up to a bound.
type owned struct {
	ids map[owner][]oauth.ID
	n   int
}

func (o *owned) add(of owner, id oauth.ID) {
	if o.n > mostInOneRun || len(o.ids[of]) > mostInRun {
		return
	}
	if o.ids == nil {
		o.ids = make(map[owner][]oauth.ID)
	}
	o.ids[of] = append(o.ids[of], id)
	o.n++
}

func (o *owned) buckets(secret []byte) (all [runBuckets][]byte) {
	if o.n > mostInOneRun {
		for i := range all {
			all[i] = tooMany
		}
		return all
	}
	for of, ids := range o.ids {
		key := of.key(secret)
		all[key.bucket()] = key.entries(all[key.bucket()], ids)
	}
	return all
}
