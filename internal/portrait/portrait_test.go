package portrait_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/portrait"
)

var (
	red  = color.RGBA{255, 0, 0, 255}
	blue = color.RGBA{0, 0, 255, 255}
)

// drawing returns an image whose upper half is red, and whose lower half is blue.
func drawing(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetRGBA(x, y, red)
			if y >= height/2 {
				m.SetRGBA(x, y, blue)
			}
		}
	}
	return m
}

func encode(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	err := map[string]func() error{
		"png":  func() error { return png.Encode(&b, m) },
		"jpeg": func() error { return jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}) },
		"gif":  func() error { return gif.Encode(&b, m, nil) },
	}[format]()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// photo returns a JPEG file whose metadata have an orientation, and a secret place.
func photo(t testing.TB, order binary.AppendByteOrder, orientation uint16) []byte {
	t.Helper()
	tiff := map[bool][]byte{true: []byte("MM"), false: []byte("II")}[order == binary.AppendByteOrder(binary.BigEndian)]
	tiff = order.AppendUint32(order.AppendUint16(tiff, 42), 8)
	tiff = order.AppendUint16(tiff, 2) // entries
	tiff = append(order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x010F), 2), 4), "Cam\x00"...)
	tiff = order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x0112), 3), 1)
	tiff = order.AppendUint16(order.AppendUint16(tiff, orientation), 0)
	body := append([]byte("Exif\x00\x00"), append(tiff, "secret place"...)...)
	file := encode(t, "jpeg", drawing(300, 200))
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(body)+2)) //nolint:gosec // short
	return append(append(append(bytes.Clone(file[:2]), segment...), body...), file[2:]...)
}

func decode(t testing.TB, picture []byte) image.Image {
	t.Helper()
	m, format, err := image.Decode(bytes.NewReader(picture))
	if err != nil || format != "jpeg" {
		t.Fatalf("%s: %v", format, err)
	}
	return m
}

// isNear reports whether a pixel has a color, with the losses of JPEG.
func isNear(m image.Image, x, y int, want color.RGBA) bool {
	r, g, b, _ := m.At(x, y).RGBA()
	near := func(got uint32, want uint8) bool { return max(got>>8, uint32(want))-min(got>>8, uint32(want)) < 40 }
	return near(r, want.R) && near(g, want.G) && near(b, want.B)
}

// TestPictureIsASquareOfTheMiddle, whatever the format and the size of the file.
func TestPictureIsASquareOfTheMiddle(t *testing.T) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		for _, size := range []struct{ width, height, side int }{{1000, 600, 256}, {300, 700, 256}, {256, 256, 256}, {40, 30, 30}, {1, 1, 1}, {900, 2, 2}} {
			picture, err := portrait.Square(encode(t, format, drawing(size.width, size.height)))
			if err != nil {
				t.Fatalf("%s, %v: %v", format, size, err)
			}
			m := decode(t, picture)
			if m.Bounds() != image.Rect(0, 0, size.side, size.side) {
				t.Errorf("%s, %v: the picture is %v", format, size, m.Bounds())
			}
			if size.side > 16 && (!isNear(m, size.side/2, 2, red) || !isNear(m, size.side/2, size.side-3, blue)) {
				t.Errorf("%s, %v: the picture does not show the image", format, size)
			}
		}
	}
}

// TestTransparentPixelsBecomeWhite: JPEG has none.
func TestTransparentPixelsBecomeWhite(t *testing.T) {
	picture, err := portrait.Square(encode(t, "png", image.NewNRGBA(image.Rect(0, 0, 20, 20))))
	if err != nil || !isNear(decode(t, picture), 10, 10, color.RGBA{255, 255, 255, 255}) {
		t.Error(err)
	}
}

// TestPhotosAreTurnedAndLoseTheirMetadata: phones save photos as the sensor saw them.
func TestPhotosAreTurnedAndLoseTheirMetadata(t *testing.T) {
	// Where the red half is: up, down, left or right.
	for orientation, where := range map[uint16]image.Point{
		0: {128, 2}, 1: {128, 2}, 2: {128, 2}, 3: {128, 253}, 4: {128, 253}, 5: {2, 128}, 6: {253, 128}, 7: {253, 128}, 8: {2, 128}, 9: {128, 2},
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			file := photo(t, order, orientation)
			if !bytes.Contains(file, []byte("secret place")) {
				t.Fatal("the file has no metadata")
			}
			picture, err := portrait.Square(file)
			if err != nil {
				t.Fatal(err)
			}
			m := decode(t, picture)
			side := m.Bounds().Dx()
			x, y := where.X*side/256, where.Y*side/256
			if !isNear(m, x, y, red) || !isNear(m, side-1-x, side-1-y, blue) {
				t.Errorf("orientation %d: the picture is not turned", orientation)
			}
			if bytes.Contains(picture, []byte("secret place")) || bytes.Contains(picture, []byte("Exif")) {
				t.Errorf("orientation %d: the picture has metadata", orientation)
			}
		}
	}
}

// enlarged returns a PNG file that claims another size.
func enlarged(file []byte, width, height uint32) []byte {
	file = bytes.Clone(file)
	binary.BigEndian.PutUint32(file[16:], width)
	binary.BigEndian.PutUint32(file[20:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29])) // of the header
	return file
}

// TestLargeImagesAreRejectedBeforeTheyAreDecoded: a file of a few bytes can claim any size, and
// one with 16 bits per channel needs twice the memory.
func TestLargeImagesAreRejectedBeforeTheyAreDecoded(t *testing.T) {
	small := encode(t, "png", drawing(2, 2))
	deep := encode(t, "png", image.NewNRGBA64(image.Rect(0, 0, 2, 2)))
	for name, test := range map[string]struct {
		file []byte
		want error
	}{
		"as large as allowed, and then incomplete": {enlarged(small, 4000, 3250), portrait.ErrFormat},
		"one row more":        {enlarged(small, 4000, 3251), portrait.ErrTooLarge},
		"many pixels":         {enlarged(small, 1<<16, 1<<16), portrait.ErrTooLarge},
		"a long line":         {enlarged(small, 1<<30, 1), portrait.ErrTooLarge},
		"many bits":           {enlarged(deep, 4000, 3250), portrait.ErrTooLarge},
		"half as many pixels": {enlarged(deep, 4000, 1625), portrait.ErrFormat},
		"many bytes":          {append(bytes.Clone(small), make([]byte, portrait.MaxBytes)...), portrait.ErrTooLarge},
		"nothing":             {nil, portrait.ErrFormat},
		"a document":          {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), portrait.ErrFormat},
		"cut off":             {small[:len(small)/2], portrait.ErrFormat},
	} {
		if picture, err := portrait.Square(test.file); !errors.Is(err, test.want) || picture != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// isImage reports whether the decoder accepts a file with a small image.
func isImage(file []byte) bool {
	config, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || config.Width*config.Height > 10_000 {
		return false
	}
	m, _, err := image.Decode(bytes.NewReader(file))
	return err == nil && !m.Bounds().Empty()
}

// FuzzSquare: no file makes the server fail, and each picture is a small image of one format. The
// checks before the file is decoded reject no image of a format.
func FuzzSquare(f *testing.F) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add(encode(f, format, drawing(9, 7)))
	}
	f.Add(photo(f, binary.BigEndian, 6))
	f.Add(photo(f, binary.LittleEndian, 8))
	f.Add(scanned(16, 3, 2))
	f.Add(append(scanned(8, 1, 64), "\xFF\xDA after the end"...))
	f.Fuzz(func(t *testing.T, file []byte) {
		picture, err := portrait.Square(file)
		if errors.Is(err, portrait.ErrFormat) && isImage(file) {
			t.Error("the decoder accepts this file")
		}
		if err != nil {
			if !errors.Is(err, portrait.ErrFormat) && !errors.Is(err, portrait.ErrTooLarge) {
				t.Error(err)
			}
			return
		}
		if b := decode(t, picture).Bounds(); b.Dx() != b.Dy() || b.Dx() > portrait.Side || b.Empty() {
			t.Errorf("the picture is %v", b)
		}
	})
}
