package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/bits"
	"sync"
)

// TableCopy is a table as it is in both databases after the copy. A checksum
// is the sum of the SHA-256 of its rows, in whatever order.
type TableCopy struct {
	Table          string `json:"table"`
	Rows           int64  `json:"rows"`
	Checksum       string `json:"checksum"`
	TargetRows     int64  `json:"target_rows"`
	TargetChecksum string `json:"target_checksum"`
}

// Equal reports whether both are the same.
func (t TableCopy) Equal() bool {
	return t.Rows == t.TargetRows && t.Checksum == t.TargetChecksum
}

// verify reads a table of both databases as it is now.
func (c *copier) verify(ctx context.Context, name string) (TableCopy, error) {
	t, err := c.common(ctx, name)
	if err != nil {
		return TableCopy{}, err
	}
	var (
		sums   [2]checksum
		faults [2]error
		p      = CopyProgress{Table: name, Verifying: true}
		all    sync.WaitGroup
	)
	if _, err := one(ctx, c.from, `SELECT count(*) FROM `+name, nil, &p.Of); err != nil {
		return TableCopy{}, err
	}
	c.progress(p)
	for i, w := range []Whole{c.from, c.to} {
		all.Go(func() {
			faults[i] = t.batches(ctx, w, nil, func(rows [][]any) error {
				for _, row := range rows {
					sums[i].add(row)
				}
				if i == 0 {
					p.Rows = sums[0].rows
					c.progress(p)
				}
				return nil
			})
		})
	}
	all.Wait()
	return TableCopy{name, sums[0].rows, sums[0].String(), sums[1].rows, sums[1].String()}, errors.Join(faults[:]...)
}

// checksum is the sum of the hashes of rows, in 256 bits: it does not depend
// on their order, which engines have different ideas of.
type checksum struct {
	rows  int64
	words [4]uint64
	text  []byte
}

// add adds a row: each value with its kind and length, so that no two rows
// read the same.
func (c *checksum) add(row []any) {
	c.text = c.text[:0]
	for _, value := range row {
		switch v := value.(type) {
		case int64:
			c.text = binary.BigEndian.AppendUint64(append(c.text, 'i'), uint64(v)) //nolint:gosec // its bits
		case string:
			c.text = append(binary.AppendUvarint(append(c.text, 't'), uint64(len(v))), v...)
		case []byte:
			c.text = append(binary.AppendUvarint(append(c.text, 'b'), uint64(len(v))), v...)
		}
	}
	hash := sha256.Sum256(c.text)
	var carry uint64
	for i := range c.words {
		c.words[i], carry = bits.Add64(c.words[i], binary.LittleEndian.Uint64(hash[8*i:]), carry)
	}
	c.rows++
}

func (c *checksum) String() string {
	var sum []byte
	for _, word := range c.words {
		sum = binary.LittleEndian.AppendUint64(sum, word)
	}
	return hex.EncodeToString(sum)
}
