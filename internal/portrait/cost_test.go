package portrait_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/portrait"
)

// scanned returns a progressive JPEG of side by side pixels with scans that have no content. Each
// consists of a few bytes: one code is enough for thousands of blocks.
func scanned(side, components, scans int) []byte {
	var b bytes.Buffer
	segment := func(marker byte, body ...byte) {
		b.Write([]byte{0xFF, marker})
		b.Write(binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))) //nolint:gosec // short
		b.Write(body)
	}
	b.Write([]byte{0xFF, 0xD8})
	segment(0xDB, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	frame := []byte{8, byte(side >> 8), byte(side), byte(side >> 8), byte(side), byte(components)}
	for c := range components {
		frame = append(frame, byte(c+1), 0x11, 0)
	}
	segment(0xC2, frame...)
	// The code 0 ends 16384 blocks, and as many as the next 14 bits say (ITU-T T.81 §G.1.2.2).
	segment(0xC4, append(append([]byte{0x10, 1}, make([]byte, 15)...), 0xE0)...)
	for range scans {
		for c := range components {
			segment(0xDA, 1, byte(c+1), 0, 1, 63, 0)
			b.Write(make([]byte, 2*((side+7)/8*((side+7)/8)/16384+1))) // 15 bits each
		}
	}
	b.Write([]byte{0xFF, 0xD9})
	return b.Bytes()
}

// TestScansOfAPhotoAreCountedBeforeItIsDecoded: each walks over all pixels, and takes 12 bytes of
// the file. Data after the end of the image, such as the film of a photo, does not count.
func TestScansOfAPhotoAreCountedBeforeItIsDecoded(t *testing.T) {
	after := append(scanned(16, 1, 64), bytes.Repeat([]byte{0xFF, 0xDA, 0, 2}, 100)...)
	filled := bytes.ReplaceAll(scanned(16, 1, 65), []byte{0xFF, 0xDA}, []byte{0xFF, 0x00, 0xFF, 0xD0, 7, 0xFF, 0xFF, 0xFF, 0xDA})
	for name, test := range map[string]struct {
		file []byte
		want error
	}{
		"as many as allowed":   {scanned(16, 1, 64), nil},
		"and something after":  {after, nil},
		"one more":             {scanned(16, 1, 65), portrait.ErrTooLarge},
		"of three components":  {scanned(16, 3, 22), portrait.ErrTooLarge},
		"after extra bytes":    {filled, portrait.ErrTooLarge},
		"many of a large file": {scanned(3600, 1, 100_000), portrait.ErrTooLarge},
	} {
		if _, err := portrait.Square(test.file); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMemoryOfEachFormIsCountedBeforeItIsDecoded: a file of 300 bytes can need much. A progressive
// JPEG needs 4 bytes more for each sample, and gray PNGs with 16 bits become colored ones. The
// files are incomplete or have no content, so that those that are allowed cost nothing here.
func TestMemoryOfEachFormIsCountedBeforeItIsDecoded(t *testing.T) {
	gray := encode(t, "png", image.NewGray16(image.Rect(0, 0, 2, 2)))
	frame := func(marker byte, sampling string) []byte { // 3600 by 3600 pixels, and a scan without a header
		body := []byte{8, 3600 >> 8, 3600 & 0xFF, 3600 >> 8, 3600 & 0xFF, byte(len(sampling))}
		for i, s := range []byte(sampling) {
			body = append(body, byte(i+1), s, 0)
		}
		return append(append([]byte{0xFF, 0xD8, 0xFF, marker, 0, byte(len(body) + 2)}, body...), 0xFF, 0xDA, 0, 2, 0xFF, 0xD9)
	}
	for name, test := range map[string]struct {
		file []byte
		want error // ErrFormat: it is within the bounds, but incomplete
	}{
		"gray with 16 bits":                      {enlarged(gray, 4000, 3250), portrait.ErrTooLarge},
		"half as many":                           {enlarged(gray, 4000, 1625), portrait.ErrFormat},
		"a photo":                                {frame(0xC0, "\x22\x11\x11"), portrait.ErrFormat},
		"a photo with all colors":                {frame(0xC0, "\x11\x11\x11"), portrait.ErrFormat},
		"a progressive photo":                    {frame(0xC2, "\x22\x11\x11"), portrait.ErrFormat},
		"a progressive gray photo":               {frame(0xC2, "\x44"), portrait.ErrFormat},
		"a progressive photo with all colors":    {frame(0xC2, "\x11\x11\x11"), portrait.ErrTooLarge},
		"a progressive photo with four channels": {frame(0xC2, "\x11\x11\x11\x11"), portrait.ErrTooLarge},
		"one whose size is given twice":          {append(frame(0xC2, "\x11")[:15], frame(0xC2, "\x11\x11\x11")[2:]...), portrait.ErrFormat},
	} {
		if _, err := portrait.Square(test.file); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	small := encode(t, "png", image.NewNRGBA(image.Rect(0, 0, 2, 2)))
	if _, err := portrait.Square(enlarged(small, 4000, 3250)); !errors.Is(err, portrait.ErrFormat) {
		t.Errorf("a drawing of as many pixels as allowed: %v", err)
	}
}
