package dev.diver.kernels.net;

import dev.diver.kernels.elf.AppCheck;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.image.DiskImage;
import dev.diver.kernels.image.Recognized;
import dev.diver.kernels.image.Recognizer;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether a net is what its kernel takes, and whether its build left all that it names. */
final class NetCheck {

  private static final int SECTOR = 512;

  private final Net net;
  private final KernelSpec spec;

  private NetCheck(Net net, KernelSpec spec) {
    this.net = net;
    this.spec = spec;
  }

  /**
   * Checks a net.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID where net.toml names what the kernel
   *     has no place for, or lacks what it needs, or a file is not what the kernel takes; NOT_FOUND
   *     where a file is not there
   */
  static void check(Net net, KernelSpec spec) {
    NetCheck check = new NetCheck(net, spec);
    check.names();
    check.files();
    net.image().ifPresent(check::image);
    net.app().ifPresent(check::app);
    net.disks().forEach(check::disk);
  }

  /** Whether the script of the kernel's package builds it. */
  static boolean isByPackage(Net net, KernelSpec spec) {
    return spec.net().build().isPresent() && net.build().command().isEmpty();
  }

  private void names() {
    AppDelivery delivery = spec.boot().app();
    boolean linked = delivery == AppDelivery.NONE;
    if (linked && net.app().isPresent()) {
      throw invalid(
          "names an app, and %s has its app linked into it.".formatted(spec.name()),
          "Remove `app`; name what the build links as `image`.");
    }
    if (linked && net.image().isEmpty() && spec.net().build().isPresent()) {
      throw invalid(
          "names no image, and the app is linked into that of %s.".formatted(spec.name()),
          "Name what the build links, as in image = \"build/" + net.name() + "\".");
    }
    if (!linked && net.app().isEmpty()) {
      throw invalid(
          "names no app, and %s takes one as its %s.".formatted(spec.name(), delivery),
          "Name what the build makes, as in app = \"build/" + net.name() + "\".");
    }
    boolean ramdisk = delivery == AppDelivery.INITRD || delivery == AppDelivery.INITRAMFS;
    if (ramdisk && net.initrd().isPresent()) {
      throw invalid(
          "names an initrd, and the initial ramdisk of %s is the app.".formatted(spec.name()),
          "Remove `initrd`.");
    }
    boolean multiboot =
        spec.boot().protocol() == Protocol.MULTIBOOT1
            || spec.boot().protocol() == Protocol.MULTIBOOT2;
    if (!multiboot && !net.modules().isEmpty()) {
      throw invalid(
          "names modules, and %s is booted by %s, which has none."
              .formatted(spec.name(), spec.boot().protocol()),
          "Remove `modules`.");
    }
  }

  private void files() {
    net.image().ifPresent(image -> left("image", image));
    net.app().ifPresent(app -> left("app", app));
    net.initrd().ifPresent(initrd -> left("initrd", initrd));
    net.modules().forEach(module -> left("modules", module.file()));
    net.disks().forEach(disk -> left("disks", disk));
  }

  private void left(String field, Path file) {
    if (isByPackage(net, spec) && leadsOutside(file)) {
      throw wrong(file, "is a link that leads out of the project");
    }
    if (!Files.isRegularFile(file)) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "There is no %s, which net.toml names as the %s of %s."
                  .formatted(file, field, net.name()),
              "Run `diver build`; if that does not make it, correct `" + field + "` in net.toml.")
          .exception();
    }
  }

  /** A stranger's script may not choose which of the user's files a machine sees. */
  private boolean leadsOutside(Path file) {
    try {
      return Files.exists(file) && !file.toRealPath().startsWith(net.folder().toRealPath());
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }

  private void image(Path image) {
    Recognized recognized = Recognizer.of(image);
    Protocol wanted = spec.boot().protocol();
    Optional<Recognized.Problem> fatal = recognized.fatal();
    if (recognized.boots(wanted) && fatal.isEmpty()) {
      return;
    }
    throw new Failure(
            Failure.Kind.INVALID,
            "The build of %s left %s, which does not boot by %s: %s"
                .formatted(
                    net.name(),
                    image,
                    wanted,
                    fatal.map(Recognized.Problem::what).orElse(recognized.what() + ".")),
            "%s is booted by %s; see what the file is: diver kernel inspect %s."
                .formatted(spec.name(), wanted, image))
        .exception();
  }

  private void app(Path app) {
    switch (spec.boot().app()) {
      case INITRAMFS -> executable(app);
      case INITRD, MODULE -> {
        if (!isByPackage(net, spec)) { // else the script knows what the kernel takes
          executable(app);
        }
      }
      case DISK -> disk(app);
      case NONE -> {}
    }
    if (size(app) == 0) {
      throw wrong(app, "is empty");
    }
  }

  private void executable(Path app) {
    if (spec.abi() == KernelSpec.Abi.LINUX) {
      if (spec.syscalls().delegated().isEmpty()) {
        AppCheck.requireStatic(app);
      } else {
        AppCheck.requireExecutable(app);
      }
    }
  }

  private void disk(Path disk) {
    boolean raw = DiskImage.ofOthers(disk).format() == DiskImage.Format.RAW;
    if (raw && size(disk) % SECTOR != 0) {
      throw wrong(disk, "is neither qcow2 nor a whole number of sectors of 512 bytes");
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }

  private RuntimeException wrong(Path file, String why) {
    return new Failure(
            Failure.Kind.INVALID,
            "The build of %s left %s, which %s.".formatted(net.name(), file, why),
            "Correct what makes that file, or name another one in net.toml.")
        .exception();
  }

  private RuntimeException invalid(String what, String remedy) {
    return new Failure(Failure.Kind.INVALID, net.folder().resolve(Net.FILE) + " " + what, remedy)
        .exception();
  }
}
