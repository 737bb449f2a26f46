package copy

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/bits"
	"sync"
)

// Comparison describes a table in both databases after the copy. A checksum is
// the sum of the SHA-256 of all rows, in any order. Rows and Checksum are those of the
// source.
type Comparison struct {
	Table          string `json:"table"`           // the name of the table
	Rows           int64  `json:"rows"`            // the number of rows in the source
	Checksum       string `json:"checksum"`        // of the source, in hexadecimal
	TargetRows     int64  `json:"target_rows"`     // the number of rows in the copy
	TargetChecksum string `json:"target_checksum"` // of the copy, in hexadecimal
}

// Equal reports whether the table is equal in both databases.
func (t Comparison) Equal() bool {
	return t.Rows == t.TargetRows && t.Checksum == t.TargetChecksum
}

// compare reads a table of both databases.
func (c *copier) compare(ctx context.Context, name string) (Comparison, error) {
	t, err := c.commonTable(ctx, name)
	if err != nil {
		return Comparison{}, err
	}
	var (
		sums   [2]checksum
		faults [2]error
		p      = Progress{Table: name, Verifying: true}
		all    sync.WaitGroup
	)
	if _, err := readOne(ctx, c.from, `SELECT count(*) FROM `+name, nil, &p.Of); err != nil {
		return Comparison{}, err
	}
	c.Progress(p)
	for i, db := range []Database{c.from, c.to} {
		all.Go(func() {
			faults[i] = t.batches(ctx, db, nil, func(rows [][]any) error {
				for _, row := range rows {
					sums[i].add(row)
				}
				if i == 0 {
					p.Rows = sums[0].rows
					c.Progress(p)
				}
				return nil
			})
		})
	}
	all.Wait()
	return Comparison{name, sums[0].rows, sums[0].String(), sums[1].rows, sums[1].String()}, errors.Join(faults[:]...)
}

// checksum is the sum of the hashes of rows, in 256 bits. It does not depend on
// the order of the rows, because engines sort texts in different ways.
type checksum struct {
	rows  int64
	words [4]uint64
	text  []byte
}

// add adds a row: each value with its kind and its length, so that two different
// rows are different texts.
func (c *checksum) add(row []any) {
	c.text = c.text[:0]
	for _, value := range row {
		switch v := value.(type) {
		case int64:
			c.text = binary.BigEndian.AppendUint64(append(c.text, 'i'), uint64(v)) //nolint:gosec // the same bits
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
