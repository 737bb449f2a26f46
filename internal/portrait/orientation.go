package portrait

import (
	"bytes"
	"encoding/binary"
)

// The parts of a JPEG file with metadata (Exif 2.3 §4.5, §4.7).
const (
	markerStart       = 0xFF
	markerApplication = 0xE1
	markerScan        = 0xDA // the image begins
	tagOrientation    = 0x0112
	directoryEntry    = 12 // bytes
)

// orientation returns the orientation of a photo, from 1 to 8. It returns 1 if the file does not
// contain it.
func orientation(file []byte) int {
	rest := file[min(2, len(file)):] // after the marker of the file
	for len(rest) >= 4 && rest[0] == markerStart && rest[1] != markerScan {
		length := 2 + int(binary.BigEndian.Uint16(rest[2:]))
		if length < 4 || length > len(rest) {
			return 1
		}
		if body, found := bytes.CutPrefix(rest[4:length], []byte("Exif\x00\x00")); found && rest[1] == markerApplication {
			return orientationIn(body)
		}
		rest = rest[length:]
	}
	return 1
}

// orientationIn returns the orientation in the first directory of the metadata, which has the
// form of a TIFF file.
func orientationIn(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < directoryEntry {
			return 1
		}
		if order.Uint16(entries) == tagOrientation {
			if value := int(order.Uint16(entries[8:])); value >= 1 && value <= 8 {
				return value
			}
			return 1
		}
		entries = entries[directoryEntry:]
	}
	return 1
}
