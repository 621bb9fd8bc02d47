package dev.diver.kernels.spec;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a kernel is, how it boots, which modes it supports and which system calls it handles itself:
 * {@code kernel.toml}, and as JSON the config of a kernel package.
 *
 * @param name repository name, as in {@code remora} or {@code hexsa/nautilus}
 * @param version the tag that publishing uses unless one is given
 * @param summary one line
 * @param description Markdown, may be empty
 * @param tags words to find it by
 * @param license SPDX expression
 * @param homepage URL
 * @param arch as uname prints it; {@code x86_64}
 * @param abi what apps it runs
 * @param movingTags tags of this name that a later publication may move
 * @param boot how it boots
 * @param exit how a dive's exit status is told
 * @param modes the modes it supports, by name ({@code full-vm}, …), with what each needs; {@code
 *     partitioned-vm} means that it is a co-kernel
 * @param gpos what it needs as the general-purpose OS of a partition; empty where it cannot be one
 * @param syscalls who serves which system call
 * @param sdk what development for it needs
 * @param scripts the publisher's scripts
 */
public record KernelSpec(
    String name,
    String version,
    String summary,
    String description,
    List<String> tags,
    String license,
    Optional<String> homepage,
    String arch,
    Abi abi,
    List<String> movingTags,
    Boot boot,
    Exit exit,
    Map<String, ModeNeeds> modes,
    Optional<Gpos> gpos,
    Syscalls syscalls,
    Sdk sdk,
    Scripts scripts) {

  public KernelSpec {
    tags = List.copyOf(tags);
    movingTags = List.copyOf(movingTags);
    modes = Collections.unmodifiableMap(new TreeMap<>(modes));
  }

  /** What apps a kernel runs. */
  public enum Abi {
    /** Linux executables as they are. */
    LINUX,
    /** Programs written for Linux, compiled again. */
    LINUX_SOURCE,
    /** Only what is written for this kernel. */
    NONE;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How a machine hands over to the kernel. A closed set that grows. */
  public enum Protocol {
    /** The Xen PVH entry of an ELF note (XEN_ELFNOTE_PHYS32_ENTRY). */
    PVH,
    /** The Linux/x86 boot protocol of a bzImage. */
    LINUX;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How words are quoted in the kernel's command line. */
  public enum Quoting {
    /** As a POSIX shell: single quotes. */
    SH,
    /** As Linux: double quotes, no escape. */
    LINUX;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How the app reaches the kernel. */
  public enum AppDelivery {
    /** The executable itself is the initial ramdisk (PVH: module 0). */
    INITRD,
    /** The executable is {@code /init} in a cpio archive that is the initial ramdisk. */
    INITRAMFS,
    /** The app is linked into the image. */
    NONE;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** Where the app's output appears. */
  public enum Console {
    /** The named virtio-serial ports dev.diver.stdio, dev.diver.stderr, dev.diver.report. */
    VIRTIO_PORTS,
    /** The first serial line, mixed with the kernel's own messages. */
    SERIAL;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /**
   * How it boots.
   *
   * @param protocol how the machine hands over
   * @param image what boots, relative to kernel.toml
   * @param commandLine template; {@code {env}} and {@code {args}} are filled for each dive
   * @param quoting how words are quoted in the command line
   * @param app how the app reaches the kernel
   * @param console where the app's output appears
   */
  public record Boot(
      Protocol protocol,
      String image,
      String commandLine,
      Quoting quoting,
      AppDelivery app,
      Console console) {}

  /** How a dive's exit status is told. */
  public enum ExitConvention {
    /** By the last event on the report port. */
    REPORT,
    /** By text on the console. */
    CONSOLE_PATTERN;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How a number on the console codes the status. */
  public enum StatusCoding {
    DECIMAL,
    /** The wait status of wait(2), in hexadecimal: status in bits 8–15, signal in bits 0–6. */
    WAIT_STATUS_HEX;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /**
   * The exit convention.
   *
   * @param pattern regular expression whose group 1 is the status, for CONSOLE_PATTERN
   * @param coding how group 1 is read, for CONSOLE_PATTERN
   */
  public record Exit(
      ExitConvention convention, Optional<String> pattern, Optional<StatusCoding> coding) {}

  /**
   * What one mode needs.
   *
   * @param machine QEMU machine with its options
   * @param cpu QEMU CPU model
   * @param memory default size
   * @param memoryMin least size
   * @param cpusMax how many cores the kernel can use
   * @param devices QEMU device strings
   */
  public record ModeNeeds(
      String machine,
      String cpu,
      MemorySize memory,
      MemorySize memoryMin,
      int cpusMax,
      List<String> devices) {

    public ModeNeeds {
      devices = List.copyOf(devices);
    }
  }

  /**
   * A Linux as the general-purpose OS of a partitioned VM.
   *
   * @param modules an initial ramdisk (cpio, newc) with the drivers that the partition needs,
   *     relative to kernel.toml: {@code diver/modules/*.ko}, and in which order they are loaded in
   *     {@code diver/modules/order}, {@code order.shares} for shared folders
   * @param machine QEMU machine with its options
   * @param cpu QEMU CPU model
   * @param memory its own by default
   * @param memoryMin least size of its own
   * @param commandLine what it is told; how the machine is split is added for each dive
   */
  public record Gpos(
      String modules,
      String machine,
      String cpu,
      MemorySize memory,
      MemorySize memoryMin,
      String commandLine) {}

  /** Linux system calls by name. */
  public record Syscalls(List<String> handled, List<String> delegated) {

    public Syscalls {
      handled = List.copyOf(handled);
      delegated = List.copyOf(delegated);
    }
  }

  /**
   * What development needs.
   *
   * @param files globs relative to kernel.toml
   * @param makefile the fragment that a net's Makefile includes
   * @param templates of Diver's templates, those that work with this kernel
   */
  public record Sdk(List<String> files, Optional<String> makefile, List<String> templates) {

    public Sdk {
      files = List.copyOf(files);
      templates = List.copyOf(templates);
    }
  }

  /** Paths of the publisher's scripts, relative to kernel.toml. */
  public record Scripts(
      Optional<String> configure,
      Optional<String> build,
      Optional<String> test,
      Optional<String> deploy) {}

  /** How kernel.toml writes a value of a closed set. */
  private static String kebab(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
