package account

import "time"

// A Picture is the picture of a person, as this server encoded it.
type Picture struct {
	UserID string
	// ID is random. It is part of the address of the picture, and each picture has another
	// one, so that browsers can keep it.
	ID string
	// Type is the media type of Data.
	Type      string
	Data      []byte
	CreatedAt time.Time
}
