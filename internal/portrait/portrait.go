// Package portrait makes the picture of a person from a file that they upload. The result is a
// new image: it has no metadata, such as the place where a photo was taken, and no byte of the
// file.
package portrait

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // a format of uploads
	"image/jpeg"
	_ "image/png" // a format of uploads
)

// The bounds of a file. MaxMemory bounds what decoding it needs, because a small file can have many
// pixels. It is enough for a progressive JPEG of MaxPixels, in the form that cameras write (4:2:0).
const (
	MaxBytes  = 5 << 20
	MaxPixels = 13_000_000
	MaxMemory = 12 * MaxPixels
)

// Side is the largest width and height of a picture, in pixels.
const Side = 256

// MediaType is the media type of all pictures.
const MediaType = "image/jpeg"

const quality = 85

// The errors of Square.
var (
	// ErrFormat means that the file is not an image in one of the formats.
	ErrFormat = errors.New("the file is not a PNG, JPEG or GIF image")
	// ErrTooLarge means that the file or its image is larger than the bounds.
	ErrTooLarge = errors.New("the image is too large")
)

// Square returns the middle of the image in a file as a square of at most Side pixels, in the
// format of MediaType. The image is rotated according to its metadata, and transparent pixels
// become white.
func Square(file []byte) ([]byte, error) {
	if len(file) > MaxBytes {
		return nil, ErrTooLarge
	}
	format, err := check(file)
	if err != nil {
		return nil, err
	}
	decoded, _, err := image.Decode(bytes.NewReader(file))
	if err != nil || decoded.Bounds().Empty() {
		return nil, ErrFormat
	}
	small := shrink(decoded)
	if format == "jpeg" {
		small = turn(small, orientation(file))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// check returns the format of a file whose image is within the bounds. It decodes nothing.
func check(file []byte) (format string, err error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return "", ErrFormat
	}
	pixels := int64(config.Width) * int64(config.Height)
	if pixels > MaxPixels {
		return "", ErrTooLarge
	}
	memory := pixels * pixelMemory(config.ColorModel)
	if format == "jpeg" {
		memory, err = jpegMemory(file)
	}
	if err == nil && memory > MaxMemory {
		err = ErrTooLarge
	}
	return format, err
}

// shrink returns the middle of an image, on white. Each pixel is the mean of those that it
// replaces. Only a few rows are converted at a time, because the image can be large.
func shrink(from image.Image) *image.RGBA {
	whole := from.Bounds()
	length := min(whole.Dx(), whole.Dy())
	corner := whole.Min.Add(image.Pt((whole.Dx()-length)/2, (whole.Dy()-length)/2))
	side := min(length, Side)
	to := image.NewRGBA(image.Rect(0, 0, side, side))
	strip := image.NewRGBA(image.Rect(0, 0, length, length/side+1))
	for y := range side {
		first, last := y*length/side, (y+1)*length/side
		rows := image.Rect(0, 0, length, last-first)
		draw.Draw(strip, rows, image.White, image.Point{}, draw.Src)
		draw.Draw(strip, rows, from, corner.Add(image.Pt(0, first)), draw.Over)
		for x := range side {
			to.SetRGBA(x, y, mean(strip, image.Rect(x*length/side, 0, (x+1)*length/side, last-first)))
		}
	}
	return to
}

// mean returns the mean color of a part of an image without transparency.
func mean(of *image.RGBA, part image.Rectangle) color.RGBA {
	var r, g, b, n int
	for y := part.Min.Y; y < part.Max.Y; y++ {
		at := of.PixOffset(part.Min.X, y)
		for range part.Dx() {
			r, g, b, n = r+int(of.Pix[at]), g+int(of.Pix[at+1]), b+int(of.Pix[at+2]), n+1
			at += 4
		}
	}
	return color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255} //nolint:gosec // means of bytes
}

// turn rotates and mirrors a square according to an orientation (Exif 2.3 §4.6.4). Orientation 1
// changes nothing.
func turn(from *image.RGBA, orientation int) *image.RGBA {
	last := from.Bounds().Dx() - 1
	source := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return last - x, y },
		3: func(x, y int) (int, int) { return last - x, last - y },
		4: func(x, y int) (int, int) { return x, last - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, last - x },
		7: func(x, y int) (int, int) { return last - y, last - x },
		8: func(x, y int) (int, int) { return last - y, x },
	}[orientation]
	if source == nil {
		return from
	}
	to := image.NewRGBA(from.Bounds())
	for y := range last + 1 {
		for x := range last + 1 {
			to.SetRGBA(x, y, from.RGBAAt(source(x, y)))
		}
	}
	return to
}
