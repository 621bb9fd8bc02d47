package dev.diver.kernels.image;

import dev.diver.kernels.bytes.BoundedBytes;
import dev.diver.kernels.image.Recognized.Carrier;
import dev.diver.kernels.image.Recognized.Evidence;
import dev.diver.kernels.image.Recognized.Form;
import dev.diver.kernels.image.Recognized.Method;
import dev.diver.kernels.image.Recognized.Problem;
import dev.diver.kernels.image.Recognized.Severity;
import dev.diver.kernels.spec.KernelSpec.Firmware;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What is known about a file while it is looked at. */
final class Findings {

  /** Machines with a PCI bus, CD drive and the firmware's disk drivers. */
  static final List<String> PC = List.of("pc", "q35");

  /** Every machine that loads a kernel itself. */
  static final List<String> ANY = List.of("pc", "q35", "microvm");

  /** Where UEFI firmware runs best. */
  static final List<String> UEFI = List.of("q35", "pc");

  /** Its first bytes, little-endian; the file may be shorter. */
  final ByteBuffer head;

  /** All of it, within the limits. */
  final BoundedBytes bytes;

  private final Path file;
  private final long fileSize;
  private Form form = Form.UNKNOWN;
  private String what = "unknown";
  private Optional<Compression> compression = Optional.empty();
  private Optional<String> diskFormat = Optional.empty();
  private Optional<String> architecture = Optional.empty();
  private Optional<String> version = Optional.empty();
  private final List<Method> methods = new ArrayList<>();
  private final List<Evidence> evidence = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();

  Findings(Path file, long fileSize, ByteBuffer head, BoundedBytes bytes) {
    this.file = file;
    this.fileSize = fileSize;
    this.head = head;
    this.bytes = bytes;
  }

  Path file() {
    return file;
  }

  /** The size of what is looked at, in bytes, or {@link BoundedBytes#UNKNOWN_SIZE}. */
  long size() {
    return bytes.size();
  }

  /** Whether what is looked at goes on deeper than anybody looks. */
  boolean isUnpackedInPart() {
    return size() == BoundedBytes.UNKNOWN_SIZE && !bytes.breaksOff();
  }

  Findings is(Form form, String what) {
    this.form = form;
    this.what = what;
    return this;
  }

  /** Names it more closely than its form does. */
  Findings call(String what) {
    this.what = what;
    return this;
  }

  /** Puts what boots without a CD image being made first, and adds to its name how it boots. */
  Findings nameProtocols() {
    methods.sort(Comparator.comparing(method -> method.carrier() == Carrier.GRUB_ISO));
    List<String> names = methods.stream().map(m -> m.protocol().toString()).distinct().toList();
    if (!names.isEmpty()) {
      what += ", " + String.join(" and ", names);
    }
    return this;
  }

  boolean hasNoMethod() {
    return methods.isEmpty();
  }

  Findings compressed(Compression with) {
    compression = Optional.of(with);
    return this;
  }

  Findings disk(String format) {
    diskFormat = Optional.of(format);
    return this;
  }

  Findings runsOn(String architecture) {
    this.architecture = Optional.of(architecture);
    return this;
  }

  /** Text about itself; blank text says nothing. */
  Findings version(String text) {
    if (!text.isBlank()) {
      version = Optional.of(text);
    }
    return this;
  }

  Findings boots(Protocol protocol, Carrier carrier, List<String> machines, Optional<Long> entry) {
    return boots(new Method(protocol, carrier, Firmware.BIOS, machines, entry));
  }

  /** Boots as a disk by the firmwares that find something to start on it. */
  Findings bootsAsDisk(boolean bios, boolean uefi) {
    if (bios) {
      boots(Protocol.DISK, Carrier.DRIVE, PC, Optional.empty());
    }
    if (uefi) {
      boots(new Method(Protocol.DISK, Carrier.DRIVE, Firmware.UEFI, UEFI, Optional.empty()));
    }
    return this;
  }

  /** Boots by 64-bit UEFI firmware, which starts the file itself. */
  Findings bootsAsEfiApplication() {
    return boots(
        new Method(Protocol.EFI, Carrier.EFI_PARTITION, Firmware.UEFI, UEFI, Optional.empty()));
  }

  /** Adds to its name. */
  Findings addWhat(String more) {
    what += ", " + more;
    return this;
  }

  /** Adds to a disk's name how large it is for the machine, in bytes. */
  Findings virtualSize(long size) {
    return size > 0 ? addWhat(size / 1024 + " KiB") : this;
  }

  Findings boots(Method method) {
    methods.add(method);
    return this;
  }

  Findings found(long offset, String meaning) {
    evidence.add(new Evidence(offset, meaning));
    return this;
  }

  Findings fatal(String what, String remedy) {
    problems.add(new Problem(Severity.FATAL, what, remedy));
    return this;
  }

  Findings warning(String what, String remedy) {
    problems.add(new Problem(Severity.WARNING, what, remedy));
    return this;
  }

  Recognized result() {
    return new Recognized(
        file,
        fileSize,
        form,
        compression.map(c -> c + "-compressed " + what).orElse(what),
        compression,
        diskFormat,
        architecture,
        version,
        methods,
        evidence,
        problems);
  }
}
