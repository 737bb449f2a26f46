package oauth

import (
	"encoding/binary"
	"math/bits"
)

const digits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// bodyLength is the number of base62 digits of 48 bytes.
const bodyLength = 65

// chunk is 62^10, the largest power of 62 below 2^64. Ten digits are computed at
// a time, so that 48 bytes cost 42 divisions instead of 780.
const (
	chunk       = 839299365868340224
	chunkDigits = 10
)

// appendBase62 appends the 65 base62 digits of the number raw.
func appendBase62(b []byte, raw *[48]byte) []byte {
	var limbs [6]uint64
	for i := range limbs {
		limbs[i] = binary.BigEndian.Uint64(raw[i*8:])
	}
	var out [bodyLength]byte
	for pos := bodyLength; pos > 0; {
		var rest uint64
		for i := range limbs {
			limbs[i], rest = bits.Div64(rest, limbs[i], chunk)
		}
		for n := 0; n < chunkDigits && pos > 0; n++ {
			pos--
			out[pos] = digits62[rest%62]
			rest /= 62
		}
	}
	return append(b, out[:]...)
}

// parseBase62 is the inverse of appendBase62. It rejects other characters and
// numbers of more than 48 bytes, so that each number has exactly one text.
func parseBase62(s string, raw *[48]byte) bool {
	var limbs [6]uint64
	for len(s) > 0 {
		part, scale := uint64(0), uint64(1)
		for n := 0; n < chunkDigits && len(s) > 0; n++ {
			d := digitValues[s[0]]
			if d < 0 {
				return false
			}
			part, scale, s = 62*part+uint64(d), 62*scale, s[1:]
		}
		carry := part
		for j := len(limbs) - 1; j >= 0; j-- {
			hi, lo := bits.Mul64(limbs[j], scale)
			var c uint64
			limbs[j], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
		if carry != 0 {
			return false
		}
	}
	for i, limb := range limbs {
		binary.BigEndian.PutUint64(raw[i*8:], limb)
	}
	return true
}

// digitValues maps a byte to its base62 value, or -1.
var digitValues = func() (values [256]int8) {
	for i := range values {
		values[i] = -1
	}
	for i := range len(digits62) {
		values[digits62[i]] = int8(i)
	}
	return values
}()
