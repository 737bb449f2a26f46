package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/portrait"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Picture is the picture of a person, which this server serves.
type Picture struct {
	// UserID is the ID of the user whose picture it is.
	UserID string
	// ID is the unguessable part of its address. Each new picture has a different ID.
	ID string
	// Image is an image in the format PictureType.
	Image []byte
	// CreatedAt is the time of the upload.
	CreatedAt time.Time
}

// PictureType is the media type of all pictures, and MaxPictureFile is the size of the largest
// file that can be uploaded, in bytes.
const (
	PictureType    = portrait.MediaType
	MaxPictureFile = portrait.MaxBytes
)

// maxWaitingPictures is the number of pictures of a person that can wait to be decoded. Only one
// picture is decoded at a time, because a large picture needs much memory.
const maxWaitingPictures = 2

// pictureClaim is the claim with the address of the picture (OpenID Connect Core §5.1).
const pictureClaim = "picture"

// Upload is a file with the picture of a person.
type Upload struct {
	// File is the content of the file.
	File []byte
	// Base is the address below which this server serves pictures, with a slash at the end.
	Base string
}

// SetPicture replaces the picture of a user with the one in a file. The claim picture becomes its
// address. The error is validate.FieldErrors for the field "picture" if the file is not
// an image within the bounds, and *ThrottledError after too many changes.
func (a *Accounts) SetPicture(ctx context.Context, u *User, upload Upload) error {
	if err := a.countAttempt(ctx, AttemptLimit{Key: accountKey(u.ID, "profile"), Max: maxProfileChangesPerUser}); err != nil {
		return err
	}
	image, err := a.square(ctx, u.ID, upload.File)
	if err != nil {
		return err
	}
	p := &Picture{UserID: u.ID, ID: rand.Text(), Image: image, CreatedAt: a.now()}
	return a.replacePicture(ctx, u, p, upload.Base+p.ID+"/")
}

// RemovePicture removes the picture of a user and the claim, even if the claim has an address of
// another server.
func (a *Accounts) RemovePicture(ctx context.Context, u *User) error {
	return a.replacePicture(ctx, u, nil, "")
}

func (a *Accounts) replacePicture(ctx context.Context, u *User, p *Picture, address string) error {
	return a.change(ctx, u, updating{picture: &p}, func(u *User) error {
		claims, err := u.claims()
		if err != nil {
			return err
		}
		if delete(claims, pictureClaim); address != "" {
			claims[pictureClaim] = address
		}
		return u.setClaims(claims)
	})
}

// square returns the picture in a file, or validate.FieldErrors.
func (a *Accounts) square(ctx context.Context, userID string, file []byte) ([]byte, error) {
	if err := a.pictureTurns.Take(ctx, userID); err != nil {
		return nil, fmt.Errorf("%w: the picture could not be decoded in time: %w", ErrUnavailable, err)
	}
	defer a.pictureTurns.Give()
	image, err := portrait.Square(file)
	switch {
	case errors.Is(err, portrait.ErrTooLarge):
		return nil, PictureTooLarge()
	case errors.Is(err, portrait.ErrFormat):
		return nil, validate.Field(pictureClaim, "This file is not a PNG, JPEG or GIF image. Choose another file.").WithCode("picture_format")
	}
	return image, err
}

// PictureTooLarge returns the error for a file that is larger than the bounds.
func PictureTooLarge() validate.FieldErrors {
	return validate.Field(pictureClaim, "The picture is too large. Choose one with at most %d MB and %d million pixels.", portrait.MaxBytes>>20, portrait.MaxPixels/1_000_000).
		WithCode("picture_large", "bytes", portrait.MaxBytes>>20, "pixels", portrait.MaxPixels/1_000_000)
}

// PictureClaim returns the address in the claim picture, or "".
func (u *User) PictureClaim() string {
	claims, _ := u.claims()
	address, _ := claims[pictureClaim].(string)
	return address
}

// HasPicture reports whether the claim picture is an address below base: this server serves
// the picture.
func (u *User) HasPicture(base string) bool { return strings.HasPrefix(u.PictureClaim(), base) }
