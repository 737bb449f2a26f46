package portrait

import (
	"encoding/binary"
	"image/color"
)

// maxScans is how many scans a JPEG file can have. Each walks over the whole image, although it can
// take only a few bytes of the file. Encoders write about ten.
const maxScans = 64

// The markers of a JPEG file (ITU-T T.81 §B.1.1.3).
const (
	markerBaseline    = 0xC0
	markerExtended    = 0xC1
	markerProgressive = 0xC2
	markerRestart     = 0xD0 // the first of eight
	markerEnd         = 0xD9
)

// pixelMemory returns how many bytes are needed to decode a pixel of a PNG or GIF. An interlaced
// PNG needs its image twice. A pixel with 16 bits per channel is decoded to 8 bytes.
func pixelMemory(model color.Model) int64 {
	switch model {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		return 2 * 8
	}
	return 2 * 4
}

// jpegMemory returns how many bytes are needed to decode a JPEG file. The error is ErrTooLarge if
// it has too many scans, and ErrFormat if it is incomplete. It reads the markers as image/jpeg
// does, up to the end of the image.
func jpegMemory(file []byte) (memory int64, err error) {
	scans := 0
	for rest := file[min(2, len(file)):]; ; {
		var marker byte
		if marker, rest = nextMarker(rest); marker == markerEnd {
			return memory, nil
		}
		if len(rest) < 2 {
			return 0, ErrFormat
		}
		length := int(binary.BigEndian.Uint16(rest))
		if length < 2 || length > len(rest) {
			return 0, ErrFormat
		}
		switch body := rest[2:length]; marker {
		case markerBaseline, markerExtended, markerProgressive:
			if memory != 0 || len(body) < 9 {
				return 0, ErrFormat
			}
			memory = frameMemory(body, marker == markerProgressive)
		case markerScan:
			if scans++; scans > maxScans {
				return 0, ErrTooLarge
			}
		}
		rest = rest[length:]
	}
}

// nextMarker returns the next marker and what follows it. It skips the data of a scan, which
// has zeros after bytes that look like a marker, and restart markers. It returns 0 if there is none.
func nextMarker(rest []byte) (byte, []byte) {
	for len(rest) >= 2 {
		if rest[0] != markerStart || rest[1] == 0 || rest[1]&^7 == markerRestart {
			skip := 1
			if rest[0] == markerStart {
				skip = 2
			}
			rest = rest[skip:]
			continue
		}
		if rest[1] != markerStart { // or else it is a fill byte
			return rest[1], rest[2:]
		}
		rest = rest[1:]
	}
	return 0, nil
}

// frameMemory returns how many bytes are needed to decode a frame (ITU-T T.81 §B.2.2): one for each
// sample, four more for its coefficient if the frame is progressive, and four for each pixel,
// because colors can be converted at the end.
func frameMemory(frame []byte, progressive bool) int64 {
	height, width := int64(binary.BigEndian.Uint16(frame[1:])), int64(binary.BigEndian.Uint16(frame[3:]))
	components := frame[6:]
	across, down := sampling(components)
	if len(components) < 6 { // the only component is not sampled
		across, down = 1, 1
	}
	units := ((width + 8*across - 1) / (8 * across)) * ((height + 8*down - 1) / (8 * down))
	var blocks int64
	for ; len(components) >= 3; components = components[3:] {
		h, v := sampling(components)
		blocks += units * min(h, across) * min(v, down)
	}
	perSample := int64(1)
	if progressive {
		perSample += 4
	}
	return blocks*64*perSample + 4*width*height
}

// sampling returns the factors of a component, which are at least 1.
func sampling(component []byte) (across, down int64) {
	return int64(max(component[1]>>4, 1)), int64(max(component[1]&0x0F, 1))
}
