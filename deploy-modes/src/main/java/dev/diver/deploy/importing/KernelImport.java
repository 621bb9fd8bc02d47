package dev.diver.deploy.importing;

import dev.diver.deploy.importing.Finding.Basis;
import dev.diver.deploy.importing.ImportRequest.Like;
import dev.diver.deploy.importing.Sighting.End;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.image.DiskImage;
import dev.diver.kernels.image.Recognized;
import dev.diver.kernels.image.Recognized.Method;
import dev.diver.kernels.image.Recognizer;
import dev.diver.kernels.pack.Packer;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Abi;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Makes a kernel package of a kernel's file. */
public final class KernelImport {

  private static final String LINUX = "linux";
  private static final String DEFAULT_VERSION = "0.1.0";
  private static final int MAX_NAME = 60;

  /** What another machine gets beyond what the first one took to its first word. */
  private static final Duration SLACK = Duration.ofSeconds(6);

  private final ImportRequest request;

  private KernelImport(ImportRequest request) {
    this.request = request;
  }

  /**
   * Recognizes the file, describes it, boots it once, and packs it. Either all of it is there
   * afterwards or nothing.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID or UNSUPPORTED where the file does not
   *     boot, which says why; CONFLICT where the folder or the package exists; MISSING where this
   *     machine lacks a program that booting it needs; INTERRUPTED
   */
  public static ImportedKernel run(ImportRequest request) {
    try {
      return new KernelImport(request).run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ImportFolder.INTERRUPTED.exception(e);
    }
  }

  private ImportedKernel run() throws InterruptedException {
    Recognized file = bootable(request.image());
    request.disks().forEach(KernelImport::requireDisk);
    KernelReference name = name(file);
    requireNew(name);
    Path target = request.parent().resolve(lastPart(name));
    try (ImportFolder folder = ImportFolder.create(target)) {
      String image = image(file, folder);
      Recognized kernel = bootable(folder.path().resolve(image));
      requireUnpacked(kernel);
      Optional<Like> like = request.like().or(() -> asLinux(kernel));
      Draft draft =
          new Description(kernel, file.compression(), like, files(folder, image))
              .draft(name, request.name().isPresent());
      List<Sighting> boots = request.boot() ? boots(draft.spec(), kernel, folder) : List.of();
      Optional<Lesson> lesson =
          boots.isEmpty()
              ? Optional.empty()
              : Optional.of(new Lesson(boots, like.map(Like::name), urged(draft, boots, folder)));
      Draft learnt =
          lesson
              .map(l -> l.applied(draft))
              .orElseGet(() -> draft.because("boot", Basis.UNKNOWN, "it was not booted"));
      folder.write(Packer.KERNEL_TOML, learnt.toml(title(file, like)));
      folder.settle();
      StoredKernel stored = pack(target, name);
      folder.keep();
      return new ImportedKernel(
          stored,
          target,
          file,
          kernel.problems(),
          learnt.spec(),
          learnt.findings(),
          boots,
          lesson.map(Lesson::best));
    }
  }

  /** What the file is; INVALID or UNSUPPORTED with the reason where it cannot boot. */
  private static Recognized bootable(Path path) {
    Recognized file = Recognizer.of(path);
    Optional<Recognized.Problem> fatal = file.fatal();
    if (fatal.isPresent()) {
      throw new Failure(
              kind(file),
              file.file() + " is not a kernel that can be imported: " + fatal.get().what(),
              fatal.get().remedy())
          .exception();
    }
    if (file.methods().isEmpty()) {
      throw new Failure(
              kind(file),
              file.file() + " is not a kernel that can be imported: it is " + file.what() + ".",
              "Name the file that boots; diver kernel inspect says more about it.")
          .exception();
    }
    return file;
  }

  private static Failure.Kind kind(Recognized file) {
    return file.form() == Recognized.Form.FOREIGN ? Failure.Kind.UNSUPPORTED : Failure.Kind.INVALID;
  }

  private static void requireDisk(Path path) {
    DiskImage.ofOthers(path);
    Recognized disk = Recognizer.of(path);
    if (disk.form() != Recognized.Form.DISK && disk.form() != Recognized.Form.UNKNOWN) {
      throw new Failure(
              Failure.Kind.INVALID,
              path + " is not a disk: it is " + disk.what() + ".",
              "Give a raw or qcow2 disk image.")
          .exception();
    }
  }

  private static void requireUnpacked(Recognized kernel) {
    if (kernel.compression().isPresent()) {
      throw new Failure(
              Failure.Kind.INVALID,
              "What is compressed there is compressed once more (" + kernel.what() + ").",
              "Unpack it first: " + kernel.compression().get().command() + ".")
          .exception();
    }
  }

  private String image(Recognized file, ImportFolder folder) {
    if (file.compression().isEmpty()) {
      return folder.add(request.image());
    }
    request.progress().accept("Unpacking", request.image().toString());
    return folder.addUnpacked(request.image(), file.compression().get());
  }

  private Description.Files files(ImportFolder folder, String image) {
    List<String> modules = new ArrayList<>();
    for (ImportRequest.Module module : request.modules()) {
      modules.add((folder.add(module.file()) + " " + module.commandLine()).strip());
    }
    Optional<String> initrd = request.initrd().map(folder::add);
    List<String> disks = request.disks().stream().map(folder::add).toList();
    request.headers().ifPresent(folder::addHeaders);
    return new Description.Files(image, modules, initrd, disks, request.headers().isPresent());
  }

  /** A Linux boots as the one that Diver ships, whoever built it. */
  private static Optional<Like> asLinux(Recognized kernel) {
    return Description.isLinux(kernel) ? Optional.of(Like.known(LINUX)) : Optional.empty();
  }

  /** One boot on each machine that it may run on; the first decides what the others get of time. */
  private List<Sighting> boots(KernelSpec spec, Recognized kernel, ImportFolder folder)
      throws InterruptedException {
    Optional<Path> app = app(spec.boot().app(), spec.abi(), folder);
    try {
      Trial trial = new Trial(request, spec, folder.path(), app);
      List<Sighting> boots = new ArrayList<>();
      Duration time = request.timeout();
      for (String machine : machines(spec, kernel)) {
        folder.requireGoingOn();
        request.progress().accept("Booting", spec.name() + " on " + machine.split(",", 2)[0]);
        Sighting boot = trial.boot(machine, time);
        boots.add(boot);
        Optional<Duration> needed =
            boot.firstWord().map(SLACK::plus).filter(n -> n.compareTo(request.timeout()) < 0);
        time = needed.orElse(time);
      }
      if (boots.stream().allMatch(boot -> boot.end() instanceof End.Failed)) {
        throw new Failure(
                Failure.Kind.FAILED,
                request.image() + " could not be booted: " + boots.getFirst().end().summary(),
                "Import it with --no-boot to see what was recognized, and correct its kernel.toml.")
            .exception();
      }
      return boots;
    } finally {
      app.ifPresent(KernelImport::remove);
    }
  }

  /** A kernel that says nothing is asked once more, with words that make others talk. */
  private Optional<Sighting> urged(Draft draft, List<Sighting> boots, ImportFolder folder)
      throws InterruptedException {
    KernelSpec.Boot boot = draft.spec().boot();
    boolean takesWords = boot.commandLine().equals(Specs.WORDS);
    if (!takesWords || boots.stream().anyMatch(Sighting::spoke)) {
      return Optional.empty();
    }
    folder.requireGoingOn();
    String machine = new Lesson(boots, Optional.empty(), Optional.empty()).best().machine();
    request.progress().accept("Booting", draft.spec().name() + " with " + Specs.URGING);
    KernelSpec urged = draft.with(Specs.urged(boot)).spec();
    Sighting seen =
        new Trial(request, urged, folder.path(), Optional.empty()).boot(machine, request.timeout());
    return Optional.of(seen);
  }

  /**
   * QEMU's machines to try: the one of the spec, then the other types that can boot such a file.
   */
  private static List<String> machines(KernelSpec spec, Recognized kernel) {
    Method method =
        kernel.methods().stream()
            .filter(m -> m.protocol() == spec.boot().protocol())
            .findFirst()
            .orElseThrow();
    String own = spec.modes().values().iterator().next().machine();
    Set<String> machines = new LinkedHashSet<>(List.of(own));
    Description.machines(method).stream()
        .filter(machine -> !machine.split(",", 2)[0].equals(own.split(",", 2)[0]))
        .forEach(machines::add);
    return List.copyOf(machines);
  }

  /** Something for a kernel that runs Linux executables to run. */
  private static Optional<Path> app(AppDelivery delivery, Abi abi, ImportFolder folder) {
    boolean runsOne =
        delivery == AppDelivery.INITRAMFS || (delivery == AppDelivery.INITRD && abi == Abi.LINUX);
    if (!runsOne) {
      return Optional.empty();
    }
    Path app = folder.path().resolve(".app");
    try {
      Files.write(app, TinyInit.executable(), StandardOpenOption.CREATE_NEW);
      Files.setPosixFilePermissions(app, PosixFilePermissions.fromString("rwxr-xr-x"));
      return Optional.of(app);
    } catch (IOException e) {
      throw IoFailure.of("write", app, e);
    }
  }

  private static void remove(Path app) {
    try {
      Files.deleteIfExists(app);
    } catch (IOException e) {
      throw IoFailure.of("remove", app, e);
    }
  }

  /** Either listed in the store or not at all. */
  private StoredKernel pack(Path folder, KernelReference name) {
    request.progress().accept("Packing", name.toString());
    requireNew(name);
    return Packer.pack(folder.resolve(Packer.KERNEL_TOML), request.store());
  }

  private void requireNew(KernelReference name) {
    if (request.store().find(name).isPresent()) {
      throw new Failure(
              Failure.Kind.CONFLICT,
              "There is a kernel " + name + " on this machine already.",
              "Give another name or tag with --name, or remove that one: diver rm " + name + ".")
          .exception();
    }
  }

  private KernelReference name(Recognized file) {
    Optional<KernelReference> given = request.name();
    String version =
        given.flatMap(KernelReference::tag).orElseGet(() -> version(file).orElse(DEFAULT_VERSION));
    return new KernelReference(
        Optional.empty(),
        given.map(KernelReference::name).orElseGet(() -> nameOf(request.image())),
        Optional.of(version),
        Optional.empty());
  }

  /** A Linux says its version as the first word of a text. */
  private static Optional<String> version(Recognized file) {
    return Optional.of(file)
        .filter(Description::isLinux)
        .flatMap(Recognized::version)
        .map(text -> text.split(" ", 2)[0])
        .filter(KernelReference::isTag);
  }

  /** A name made of a file's: lower case, without what says how it is packed. */
  static String nameOf(Path image) {
    String name =
        ImportFolder.unpackedName(String.valueOf(image.getFileName()))
            .toLowerCase(Locale.ROOT)
            .replaceFirst("\\.(elf|elf32|elf64|bin|img|raw|qcow2|iso|efi|exe|lkrn)$", "")
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-|-$", "");
    String cut = name.substring(0, Math.min(MAX_NAME, name.length())).replaceAll("-$", "");
    return cut.isEmpty() ? "kernel" : cut;
  }

  private static String lastPart(KernelReference name) {
    return name.name().substring(name.name().lastIndexOf('/') + 1);
  }

  private String title(Recognized file, Optional<Like> like) {
    String title =
        "Made by `diver kernel import` of %s (%,d bytes).\nIt is: %s."
            .formatted(request.image().getFileName(), file.size(), file.what());
    Optional<String> said = like.map(other -> other.comments().getOrDefault("", ""));
    return said.filter(text -> !text.isEmpty())
        .map(text -> title + "\nWhat is taken over from " + like.get().name() + ": " + text)
        .orElse(title);
  }
}
