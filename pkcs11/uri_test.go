package pkcs11

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseURI(t *testing.T) {
	cases := []struct {
		name, in string
		want     URI
	}{
		{"all", "pkcs11:token=m%C3%B6h%C3%BCr%20a;manufacturer=SoftHSM;serial=ce5900;model=v2;object=seal;id=%01%FF;type=private?module-path=/usr/lib/x.so&x-module-init=configDir%3D%27sql:/n%27&module-name=x&pin-source=file:/run/pin", URI{
			Token: "möhür a", Manufacturer: "SoftHSM", Serial: "ce5900", Model: "v2", Object: "seal", ID: []byte{1, 255}, Type: "private",
			ModulePath: "/usr/lib/x.so", ModuleInit: "configDir='sql:/n'", ModuleName: "x", PINSource: "file:/run/pin",
		}},
		{"empty", "pkcs11:", URI{}},
		{"an unknown query attribute is kept", "pkcs11:token=a?x-vendor=%3D1", URI{Token: "a", Query: map[string]string{"x-vendor": "=1"}}},
		{"plus is a plus", "pkcs11:object=a+b", URI{Object: "a+b"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseURI(c.in)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Fatalf("%+v %v", got, err)
			}
			back, err := ParseURI(got.String())
			if err != nil || !reflect.DeepEqual(back, got) {
				t.Errorf("%s comes back as %+v, %v", got, back, err)
			}
		})
	}
}

func TestURIsThatAreRefused(t *testing.T) {
	cases := map[string]string{
		"no scheme":              "token=a",
		"unknown path attribute": "pkcs11:tokn=a",
		"vendor path attribute":  "pkcs11:x-key=a",
		"twice":                  "pkcs11:token=a;token=b",
		"slot number":            "pkcs11:slot-id=0",
		"PIN in the URI":         "pkcs11:token=a?pin-value=1234",
		"bad encoding":           "pkcs11:token=%zz",
		"no value":               "pkcs11:token",
		"empty attribute":        "pkcs11:token=a;",
		"secret key":             "pkcs11:type=secret-key",
		"too long":               "pkcs11:token=" + strings.Repeat("a", maxURI),
	}
	for name, in := range cases {
		if _, err := ParseURI(in); !errors.Is(err, ErrURI) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseURI("pkcs11:token=a?pin-value=98765"); err == nil || strings.Contains(err.Error(), "98765") {
		t.Errorf("the error repeats the PIN: %v", err)
	}
}

func FuzzParseURI(f *testing.F) {
	for _, s := range []string{"pkcs11:", "pkcs11:token=a;id=%01;object=%C9%99?module-path=/x&pin-source=/y&z=1", "pkcs11:token=%", "pkcs11:;?&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseURI(s)
		if err != nil {
			if !errors.Is(err, ErrURI) {
				t.Errorf("%v", err)
			}
			return
		}
		back, err := ParseURI(u.String())
		if err != nil && len(u.String()) <= maxURI {
			t.Fatalf("%q becomes %q: %v", s, u.String(), err)
		}
		if err == nil && back.String() != u.String() {
			t.Errorf("%q is not stable: %q", u.String(), back.String())
		}
	})
}
