package ui

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/palette"
)

const (
	// brandFile is the style sheet with the colors of Options.Color.
	brandFile = "brand.css"
	// maxLogoSize is the number of bytes that Options.Logo can have.
	maxLogoSize = 256 << 10
)

// logoTypes are the extensions of the images that a logo can be, by media type.
var logoTypes = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/svg+xml": ".svg"}

// brand adds the assets that Options.Color and Options.Logo need. Errors name the field.
func (u *UI) brand() error {
	var err error
	u.light, u.dark = palette.Default()
	if u.Color != "" || u.ColorDark != "" {
		if u.Color == "" {
			err = errors.New("BrandColorDark: BrandColor must be set, too")
		} else if u.light, u.dark, err = palette.Both(u.Color, u.ColorDark); err != nil {
			err = fmt.Errorf("BrandColor: %w", err)
		} else {
			u.add(brandFile, asset{contentType: "text/css; charset=utf-8", body: brandStyles(u.light, u.dark)})
			if !u.assets[markFile].ofHost {
				u.add(markFile, asset{contentType: "image/svg+xml", body: u.coloredMark()})
			}
		}
	}
	return errors.Join(err, u.addLogo())
}

// brandStyles returns a style sheet with colors. It is in no layer, as the theme of a host
// is, and is loaded before it.
func brandStyles(light, dark palette.Palette) []byte {
	var pairs, old strings.Builder
	for _, v := range []struct {
		name        string
		light, dark palette.Color
	}{
		{"brand", light.Brand, dark.Brand},
		{"brand-hover", light.Hover, dark.Hover},
		{"on-brand", light.OnBrand, dark.OnBrand},
		{"brand-soft", light.Soft, dark.Soft},
		{"brand-ink", light.Ink, dark.Ink},
	} {
		fmt.Fprintf(&pairs, "--%s:light-dark(%s,%s);", v.name, v.light, v.dark)
		fmt.Fprintf(&old, "--%s:%s;", v.name, v.light)
	}
	return fmt.Appendf(nil, ":root{%s}\n@supports not (color:light-dark(red,red)){:root{%s}}\n", &pairs, &old)
}

// coloredMark returns the built-in logo in the colors of light pages.
func (u *UI) coloredMark() []byte {
	standard, _ := palette.Default()
	colored := strings.ReplaceAll(string(u.assets[markFile].body), standard.Brand.String(), u.light.Brand.String())
	return []byte(strings.ReplaceAll(colored, `stroke="#fff"`, `stroke="`+u.light.OnBrand.String()+`"`))
}

// addLogo adds the image of Options.Logo.
func (u *UI) addLogo() error {
	if len(u.Logo) == 0 {
		return nil
	}
	mediaType := imageType(u.Logo)
	extension, known := logoTypes[mediaType]
	if !known {
		return errors.New("BrandLogo: the file is not a PNG, JPEG, GIF, WebP or SVG image")
	}
	if len(u.Logo) > maxLogoSize {
		return fmt.Errorf("BrandLogo: the image has %d bytes; use one with at most %d", len(u.Logo), maxLogoSize)
	}
	u.logo = "brand-logo" + extension
	u.add(u.logo, asset{contentType: mediaType, body: u.Logo})
	return nil
}

// imageType returns the media type of an image.
func imageType(image []byte) string {
	mediaType := http.DetectContentType(image)
	if (strings.HasPrefix(mediaType, "text/") || mediaType == "application/octet-stream") && bytes.Contains(image[:min(len(image), 1024)], []byte("<svg")) {
		return "image/svg+xml"
	}
	return mediaType
}

// logoFile returns the name of the asset with the logo of the host, or "".
func (u *UI) logoFile() string {
	if u.logo == "" && u.assets[markFile].ofHost {
		return markFile
	}
	return u.logo
}

// Palettes returns the colors of light and dark pages.
func (u *UI) Palettes() (light, dark palette.Palette) { return u.light, u.dark }

// MailLogo returns the logo for emails and its media type. A mail program does not show
// SVG or WebP images: if the host has such a logo, MailLogo returns nil.
func (u *UI) MailLogo() (image []byte, mediaType string) {
	u.mu.RLock()
	name := u.logoFile()
	file := u.assets[name]
	u.mu.RUnlock()
	switch path.Ext(name) {
	case "":
		return palette.Mark(u.light.Brand, u.light.OnBrand, 96), "image/png"
	case ".png", ".jpg", ".gif":
		return file.body, file.contentType
	}
	return nil, ""
}
