package sqlstore

import (
	stdbytes "bytes"
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
// It also returns the id at which the whole runs end, or nil. A run that ends in the future was added when a clock
// was ahead, and later tokens are missing from it.
func (s *Store) indexKey(ctx context.Context) (key, end []byte, err error) {
	err = s.row(ctx, `SELECT e.entries, (SELECT until FROM latchkey_access_run WHERE run > 0 AND until <= $1 ORDER BY run DESC LIMIT 1) FROM latchkey_access_entry e WHERE e.id = 0`, idsFrom(s.Clock())).Scan(&key, &end)
	return key, end, err
}

// createIndexKey returns the key of the hash. If it does not exist, it creates one.
func (s *Store) createIndexKey(ctx context.Context) ([]byte, error) {
	key, _, err := s.indexKey(ctx)
	if !Expected(err) {
		return key, err
	}
	err = s.write(ctx, func(t *tx) error {
		return t.Exec(`INSERT INTO latchkey_access_entry (id, entries) VALUES (0, $1) ON CONFLICT DO NOTHING`, []byte(rand.Text()))
	})
	if err != nil {
		return nil, err
	}
	key, _, err = s.indexKey(ctx)
	return key, err
}

func (k ownerKey) bucket(l level) int { return int(k % ownerKey(l.buckets)) } //nolint:gosec // not negative, and small

// short is the part of the key that a whole run stores. Another key with the same part only costs a
// search some time.
func (k ownerKey) short() uint16 { return uint16(k >> 32) } //nolint:gosec // a part

// stored returns the part of the key that the runs of a level store.
func (k ownerKey) stored(l level) []byte {
	if l.hash == 2 {
		return binary.BigEndian.AppendUint16(nil, k.short())
	}
	return binary.BigEndian.AppendUint64(nil, uint64(k))
}

// entry is the size of an entry: a part of the hash, and an id. The id is zero if there
// are more than mostInRun.
func (l level) entry() int { return l.hash + len(oauth.ID{}) }

// entries appends the entries of the key to those of its bucket.
func (k ownerKey) entries(to []byte, l level, ids []oauth.ID) []byte {
	if len(ids) > mostInRun {
		ids = []oauth.ID{{}}
	}
	key := k.stored(l)
	for _, id := range ids {
		to = append(append(to, key...), id[:]...)
	}
	return to
}

// tooMany is in each bucket of a run that contains no ids, because it would have too many. It is
// shorter than an entry.
var tooMany = []byte{0}

// ids returns the ids of the key in a bucket, in their order, or that there are too many.
func (k ownerKey) ids(l level, entries []byte) (ids [][]byte, many bool) {
	key, size := k.stored(l), l.entry()
	for ; len(entries) >= size; entries = entries[size:] {
		if !stdbytes.Equal(entries[:l.hash], key) {
			continue
		}
		id := oauth.ID(entries[l.hash:size])
		if id.IsZero() {
			return nil, true
		}
		ids = append(ids, id[:])
	}
	return ids, len(entries) == len(tooMany)
}

// An ownerName is a client or a person.
type ownerName struct{ client, subject string }

func (n ownerName) owner() owner {
	if n.subject != "" {
		return personOwner(n.subject)
	}
	return clientOwner(n.client)
}

// owned are ids by their owners, up to a bound.
type owned struct {
	ids map[ownerName][]oauth.ID
	n   int
}

func (o *owned) add(of ownerName, id oauth.ID) {
	ids := o.ids[of]
	if o.n > mostInOneRun || len(ids) > mostInRun {
		return
	}
	if o.ids == nil {
		o.ids = make(map[ownerName][]oauth.ID)
	}
	o.ids[of] = append(ids, id)
	o.n++
}

func (o *owned) buckets(secret []byte, l level) [][]byte {
	all := make([][]byte, l.buckets)
	if o.n > mostInOneRun {
		for i := range all {
			all[i] = tooMany
		}
		return all
	}
	for of, ids := range o.ids {
		key := of.owner().key(secret)
		all[key.bucket(l)] = key.entries(all[key.bucket(l)], l, ids)
	}
	return all
}
