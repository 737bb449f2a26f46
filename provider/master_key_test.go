package provider_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// The content of one file must be the same key for New and for the commands, because the key of a
// database cannot be changed. Text that might be a key in two ways, or a password, is rejected.
func TestMasterKeyIsReadInOneWayOrRejected(t *testing.T) {
	random := make([]byte, 32)
	for i := range random {
		random[i] = byte(i * 37)
	}
	encoded := base64.StdEncoding.EncodeToString(random)
	wide := func(text string) string { return strings.Join(strings.Split(text, ""), "\x00") + "\x00" }
	for name, c := range map[string]struct {
		content string
		want    []byte
		fault   string
	}{
		"32 random bytes":             {string(random), random, ""},
		"random bytes with a newline": {string(random) + "\n", append(bytes.Clone(random), '\n'), ""},
		"openssl rand -base64 32":     {encoded + "\n", random, ""},
		"base64 in lines":             {encoded[:20] + "\r\n" + encoded[20:] + "\r\n", random, ""},
		"openssl rand -hex 32":        {hex.EncodeToString(random) + "\n", random, ""},
		"openssl rand -hex 16":        {hex.EncodeToString(random[:16]) + "\n", nil, "has 16 bytes, encoded as 32 hexadecimal digits; it must have at least 32 random bytes"},
		"base64 of 31 bytes":          {base64.StdEncoding.EncodeToString(random[:31]), nil, "has 31 bytes"},
		"31 random bytes":             {string(random[:31]), nil, "has 31 bytes"},
		"a pass phrase":               {"correct horse battery staple correct horse\n", nil, "is text"},
		"words in another script":     {strings.Repeat("größer ", 8), nil, "is text"},
		"white space":                 {strings.Repeat(" \n", 32), nil, "has 0 bytes"},
		"a short text":                {"secret", nil, "has 6 bytes"},
		"base64 after a mark":         {"\ufeff" + encoded, nil, "without a byte order mark"},
		"base64 in UTF-16":            {"\xff\xfe" + wide(encoded+"\r\n"), nil, "without a byte order mark"},
		"a pass phrase in UTF-16":     {"\xff\xfe" + wide("correct horse battery staple"), nil, "without a byte order mark"},
		"UTF-16, big-endian":          {"\xfe\xff\x00" + strings.TrimSuffix(wide(encoded), "\x00"), nil, "without a byte order mark"},
		"UTF-16 without a mark":       {wide(encoded), nil, "without a byte order mark"},
		"a short text in UTF-16":      {"\xff\xfe" + wide("secret"), nil, "without a byte order mark"},
		"words in UTF-16":             {"\xff\xfe" + strings.Repeat("\xc4\x5b\x01\x78", 8), nil, "without a byte order mark"},
		"random bytes after a mark":   {"\xff\xfe" + string(random[:30]), append([]byte("\xff\xfe"), random[:30]...), ""},
		"another file":                {strings.Repeat("\x00", 1025), nil, "has 1025 bytes; it can have at most 1024"},
	} {
		key, err := provider.ParseMasterKey([]byte(c.content))
		if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) || !bytes.Equal(key, c.want) {
			t.Errorf("%s: got %x, %v", name, key, err)
		}
		p, err := provider.New(ctx, provider.Config{Issuer: issuer, Store: memstore.New(nil), MasterKey: []byte(c.content)})
		if (err == nil) != (c.fault == "") || err == nil && !bytes.Equal(p.Key("purpose"), provider.HostKey(c.want, "purpose")) {
			t.Errorf("New with %s: %v", name, err)
		}
	}
}
