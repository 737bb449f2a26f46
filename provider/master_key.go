package provider

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// Lengths of a master key, in bytes.
const (
	minMasterKey     = 32
	maxMasterKeyText = 1024
)

// ParseMasterKey returns the bytes of a master key. content is the content of a file or of a
// variable: at least 32 random bytes, or text that encodes them in base64 or as hexadecimal digits,
// such as the output of "openssl rand -base64 32". New and the command latchkey read a master key with
// this function, so that the same content is the same key in both.
//
// Any other text is an error, because a key must not be easy to guess. So is text in UTF-16 or with
// a byte order mark, and content of more than 1024 bytes. Errors do not contain the key.
func ParseMasterKey(content []byte) ([]byte, error) {
	switch {
	case len(content) > maxMasterKeyText:
		return nil, settings.Faultf("MasterKey", " has %d bytes; it can have at most %d. Use the file that contains only the master key", len(content), maxMasterKeyText)
	case isMarked(content):
		return nil, settings.Faultf("MasterKey", " is text with a byte order mark, or in UTF-16. Save the file as plain text (UTF-8) without a byte order mark")
	case !isPrintable(content) && len(content) >= minMasterKey:
		return content, nil
	case !isPrintable(content):
		return nil, tooShort(content)
	}
	text := strings.TrimSpace(string(content))
	encoding := "hexadecimal digits"
	key, err := hex.DecodeString(text)
	if err != nil {
		encoding = "characters of base64"
		key, err = base64.StdEncoding.DecodeString(text)
	}
	switch {
	case err != nil && len(content) < minMasterKey:
		return nil, tooShort(content)
	case err != nil:
		return nil, settings.Faultf("MasterKey", " is text, but not base64 or hexadecimal digits of at least %d random bytes. Generate a key once with: (umask 077; openssl rand -out master.key %d)", minMasterKey, minMasterKey)
	case text == "":
		return nil, tooShort(key)
	case len(key) < minMasterKey:
		return nil, settings.Faultf("MasterKey", " has %d bytes, encoded as %d %s; it must have at least %d random bytes", len(key), len(text), encoding, minMasterKey)
	}
	return key, nil
}

func tooShort(key []byte) error {
	return settings.Faultf("MasterKey", " has %d bytes; it must have at least %d random bytes", len(key), minMasterKey)
}

// isPrintable reports whether the content is text. Random bytes practically never are.
func isPrintable(content []byte) bool {
	other := func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) }
	return utf8.Valid(content) && !bytes.ContainsFunc(content, other)
}

// isMarked reports whether the content is text after the byte order mark of UTF-8 or UTF-16, or
// ASCII text in UTF-16 without one. One of 300,000 random keys looks like such text. It is rejected
// before it is used for the first time.
func isMarked(content []byte) bool {
	if text, marked := bytes.CutPrefix(content, []byte("\xef\xbb\xbf")); marked {
		return isPrintable(text)
	}
	for mark, order := range map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian} {
		if text, marked := bytes.CutPrefix(content, []byte(mark)); marked {
			units := make([]uint16, len(text)/2)
			for i := range units {
				units[i] = order.Uint16(text[2*i:])
			}
			decoded := string(utf16.Decode(units))
			return isPrintable([]byte(decoded)) && !strings.ContainsRune(decoded, utf8.RuneError)
		}
	}
	var zeros [2]int // at even and at odd places
	for i, b := range content {
		if b == 0 {
			zeros[i%2]++
		}
	}
	return zeros[0]+zeros[1] == len(content)/2 && (zeros[0] == 0) != (zeros[1] == 0)
}

// WeakMasterKey reports whether the bytes of a master key were obviously not generated: they are
// text, or all of them are the same.
func WeakMasterKey(key []byte) bool {
	return len(key) > 0 && (isPrintable(key) || bytes.Count(key, key[:1]) == len(key))
}
