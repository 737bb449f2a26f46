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

// maxUploads is how many files are read at the same time, and uploadWait is how long an upload
// waits for the others. The files are in memory.
const (
	maxUploads = 6
	uploadWait = 15 * time.Second
)

// BeginUpload lets a user upload a picture, before the file is read. The caller calls end after
// SetPicture. The error is *ThrottledError after too many changes, or if the user uploads another
// file at this moment, and ErrUnavailable if too many others do.
func (a *Accounts) BeginUpload(ctx context.Context, userID string) (end func(), err error) {
	if _, uploads := a.uploading.LoadOrStore(userID, nil); uploads {
		return nil, &ThrottledError{RetryAfter: time.Minute}
	}
	defer func() {
		if err != nil {
			a.uploading.Delete(userID)
		}
	}()
	if err := a.countAttempt(ctx, AttemptLimit{Key: accountKey(userID, "profile"), Max: maxProfileChangesPerUser}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, uploadWait)
	defer cancel()
	if err := a.uploadTurns.Take(ctx, userID); err != nil {
		return nil, fmt.Errorf("%w: too many people are uploading pictures: %w", ErrUnavailable, err)
	}
	return func() {
		a.uploadTurns.Give()
		a.uploading.Delete(userID)
	}, nil
}

// SetPicture replaces the picture of a user with the one in a file. The picture claim becomes its
// address. The error is validate.FieldErrors for the field "picture" if the file is not
// an image within the bounds. Before the file is read, the caller calls BeginUpload.
func (a *Accounts) SetPicture(ctx context.Context, u *User, upload Upload) error {
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

// PictureClaim returns the address in the picture claim, or "".
func (u *User) PictureClaim() string {
	claims, _ := u.claims()
	address, _ := claims[pictureClaim].(string)
	return address
}

// IsPictureID reports whether a text has the form of the ID of a picture (rand.Text). Anybody can
// send any text.
func IsPictureID(text string) bool {
	return len(text) == 26 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// HasPicture reports whether the picture claim is an address below base: this server serves
// the picture.
func (u *User) HasPicture(base string) bool { return strings.HasPrefix(u.PictureClaim(), base) }
