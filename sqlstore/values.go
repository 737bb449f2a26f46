package sqlstore

import (
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ms is a time as a column holds it: milliseconds since 1970, 0 for never.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// idsFrom is before the IDs of that time and later, and behind all others.
func idsFrom(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(t.UnixMilli())<<16)[:6] //nolint:gosec // not before 1970
}

// at reads such a column.
type at struct{ t *time.Time }

func (a at) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*a.t = time.Time{}
	case int64:
		a.ScanInt64(v)
	default:
		return fmt.Errorf("a time is %T", value)
	}
	return nil
}

// ScanInt64 implements Int64Scanner.
func (a at) ScanInt64(v int64) {
	*a.t = time.Time{}
	if v != 0 {
		*a.t = time.UnixMilli(v).UTC()
	}
}

// An Int64Scanner is a destination of Row.Scan that reads an integer column. An engine can call it instead
// of Scan, for which the integer would be allocated.
type Int64Scanner interface{ ScanInt64(v int64) }

// bytes reads a column of fixed length; NULL and the empty one give zeros.
type bytes struct{ to []byte }

func (b bytes) Scan(value any) error {
	raw, ok := value.([]byte)
	if value != nil && !ok {
		return fmt.Errorf("a column of bytes is %T", value)
	}
	return b.ScanBytes(raw)
}

// ScanBytes does the same with bytes that the driver uses again afterwards. A driver that knows this
// method (pgx does) need not copy them first.
func (b bytes) ScanBytes(raw []byte) error {
	if len(raw) == 0 {
		clear(b.to)
		return nil
	}
	if len(raw) != len(b.to) {
		return fmt.Errorf("a column has %d bytes, want %d", len(raw), len(b.to))
	}
	copy(b.to, raw)
	return nil
}

// scopes reads a scope column.
type scopes struct{ to *oauth.Scopes }

func (s scopes) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("a scope is %T", value)
	}
	parsed, err := oauth.ParseScopes(text)
	*s.to = parsed
	return err
}

// remembered reads the scope column of a consent, which is the sum of the scopes of
// many requests.
type remembered struct{ to *oauth.Scopes }

func (r remembered) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("a scope is %T", value)
	}
	return r.to.UnmarshalText([]byte(text))
}

// audience reads the column of an audience.
type audience struct{ to *oauth.Audience }

func (a audience) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("an audience is %T", value)
	}
	*a.to = oauth.ParseAudience(text)
	return nil
}

// details reads a details column: JSON, or empty for plain OAuth.
type details struct{ to *oauth.Details }

func (d details) Scan(value any) error {
	v, ok := value.(string)
	if !ok {
		return fmt.Errorf("details are %T", value)
	}
	*d.to = oauth.Details{}
	if v == "" {
		return nil
	}
	return json.Unmarshal([]byte(v), d.to)
}

// detailsText returns what a details column holds.
func detailsText(d oauth.Details) (string, error) {
	if d.IsZero() {
		return "", nil
	}
	text, err := json.Marshal(d)
	return string(text), err
}

// flag is a bool as a column holds it; NULL reads as false.
type flag struct{ to *bool }

func (f flag) Scan(value any) error {
	if b, ok := value.(bool); ok {
		*f.to = b
		return nil
	}
	v, ok := value.(int64)
	if value != nil && !ok {
		return fmt.Errorf("a flag is %T", value)
	}
	f.ScanInt64(v)
	return nil
}

// ScanInt64 implements Int64Scanner.
func (f flag) ScanInt64(v int64) { *f.to = v != 0 }

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// text reads a text that may be NULL.
type text struct{ to *string }

func (t text) Scan(value any) error {
	v, ok := value.(string)
	if value != nil && !ok {
		return fmt.Errorf("a text is %T", value)
	}
	*t.to = v
	return nil
}

// words reads a list of words, which are separated by spaces.
type words[T ~string] struct{ to *[]T }

func (w words[T]) Scan(value any) error {
	v, ok := value.(string)
	if !ok {
		return fmt.Errorf("a list of words is %T", value)
	}
	*w.to = nil
	for word := range strings.FieldsSeq(v) {
		*w.to = append(*w.to, T(word))
	}
	return nil
}

// joined returns the text that words reads.
func joined[T ~string](list []T) string {
	var text strings.Builder
	for i, word := range list {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(string(word))
	}
	return text.String()
}

// blob is an id or a hash as an argument; zeros are the empty blob.
func blob(b []byte) driver.Value {
	for _, v := range b {
		if v != 0 {
			return b
		}
	}
	return []byte{}
}
