package pkcs11

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestKnownModulesAreWellFormed(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := knownOn(system)
		if len(list) < 15 || list[0].Name != "SoftHSM2" {
			t.Errorf("%s: %d modules, first %s", system, len(list), list[0].Name)
		}
		seen := map[string]string{}
		for _, k := range list {
			if k.For == "" || len(k.Paths) == 0 {
				t.Errorf("%s: %+v", system, k)
			}
			for _, p := range k.Paths {
				if absolute := strings.HasPrefix(p, "/") && system != "windows" || system == "windows" && strings.Contains(p, `:\`); !absolute {
					t.Errorf("%s: %s is no absolute path", k.Name, p)
				}
				if other := seen[p]; other != "" {
					t.Errorf("%s stands at %s and %s", p, other, k.Name)
				}
				seen[p] = k.Name
			}
		}
	}
}

func TestAModuleThatNeedsSomethingIsNotFoundWithoutIt(t *testing.T) {
	here, err := filepath.Abs("known.go")
	if err != nil {
		t.Fatal(err)
	}
	k := KnownModule{Paths: []string{"/absent", t.TempDir(), here}, Needs: "MOHUR_TEST_NEEDED"}
	if p, ok := k.Find(); ok {
		t.Errorf("found %s", p)
	}
	t.Setenv("MOHUR_TEST_NEEDED", "x")
	if p, ok := k.Find(); !ok || p != here {
		t.Errorf("%q, %v", p, ok)
	}
	if HintFor("/opt/opencryptoki/libopencryptoki.so.0") == "" || HintFor("/absent.so") != "" {
		t.Error("hints")
	}
}
