package dev.diver.kernels.image;

import dev.diver.kernels.spec.KernelSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a file is, as far as its headers tell: how it boots, by what that was recognized, and what
 * stands in the way.
 *
 * @param file that was looked at
 * @param size of it in bytes
 * @param form what sort of file it is; of what is inside where it is compressed
 * @param what the same for people, as in {@code Linux kernel (bzImage), boot protocol 2.15}
 * @param compression what it must be unpacked from before it boots
 * @param diskFormat of a disk, as QEMU names it: {@code raw}, {@code qcow2}, …
 * @param architecture as uname prints it, where the file tells: {@code x86_64}, {@code i686}, …
 * @param version text that the file has about itself
 * @param methods how it can be booted, the best first; empty where it cannot
 * @param evidence what was found where
 * @param problems what is in the way or may be, each with a remedy
 */
public record Recognized(
    Path file,
    long size,
    Form form,
    String what,
    Optional<Compression> compression,
    Optional<String> diskFormat,
    Optional<String> architecture,
    Optional<String> version,
    List<Method> methods,
    List<Evidence> evidence,
    List<Problem> problems) {

  public Recognized {
    methods = List.copyOf(methods);
    evidence = List.copyOf(evidence);
    problems = List.copyOf(problems);
  }

  /** Sorts of files. */
  public enum Form {
    /** An ELF kernel. */
    ELF,
    /** Linux for x86 as its build leaves it: bzImage or zImage. */
    BZ_IMAGE,
    /** A PE executable for UEFI firmware. */
    EFI_APPLICATION,
    /** A flat binary with a multiboot header. */
    FLAT,
    /** A CD or DVD image. */
    ISO,
    /** A disk image, raw or in a format of its own. */
    DISK,
    /** A kernel for another architecture. */
    FOREIGN,
    /** Firmware, an initial ramdisk, a program, …: known, and no kernel. */
    OTHER,
    /** Nothing that is known here. */
    UNKNOWN;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How a machine gets at what it boots. */
  public enum Carrier {
    /** The hypervisor loads the file itself (QEMU: {@code -kernel}). */
    KERNEL,
    /** A CD image with GRUB is made around the file. */
    GRUB_ISO,
    /** The file is a CD image ({@code -cdrom}). */
    CDROM,
    /** The file is a disk ({@code -drive}). */
    DRIVE,
    /** UEFI firmware starts the file from a file system made for it. */
    EFI_PARTITION;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /**
   * One way to boot it.
   *
   * @param machines QEMU machine types that support this, the likeliest first; which of them the
   *     kernel itself supports only a boot tells
   * @param entry physical address that is jumped to, where the file tells
   */
  public record Method(
      KernelSpec.Protocol protocol,
      Carrier carrier,
      KernelSpec.Firmware firmware,
      List<String> machines,
      Optional<Long> entry) {

    public Method {
      machines = List.copyOf(machines);
    }
  }

  /**
   * Something that was found.
   *
   * @param offset in the file (in what is unpacked, where it is compressed), in bytes
   * @param meaning a clause, as in {@code HdrS: Linux boot protocol 2.15}
   */
  public record Evidence(long offset, String meaning) {}

  /** How bad a problem is. */
  public enum Severity {
    /** It cannot boot so. */
    FATAL,
    /** It may boot, or boots with something lacking. */
    WARNING;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /**
   * Something in the way.
   *
   * @param what a sentence that says what is wrong
   * @param remedy a sentence that says what to do
   */
  public record Problem(Severity severity, String what, String remedy) {}

  /** Whether it can be booted as it is, as far as its headers tell. */
  public boolean bootable() {
    return !methods.isEmpty() && fatal().isEmpty();
  }

  /** What keeps it from booting, first of all. */
  public Optional<Problem> fatal() {
    return problems.stream().filter(p -> p.severity() == Severity.FATAL).findFirst();
  }

  /** Whether one of its methods is by this protocol. */
  public boolean boots(KernelSpec.Protocol protocol) {
    return methods.stream().anyMatch(method -> method.protocol() == protocol);
  }

  /** The best way to boot it. */
  public Optional<Method> method() {
    return methods.stream().findFirst();
  }

  private static String kebab(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
