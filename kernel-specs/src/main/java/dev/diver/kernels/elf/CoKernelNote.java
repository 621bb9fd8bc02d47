package dev.diver.kernels.elf;

import dev.diver.kernels.failure.Failure;

/**
 * The ELF note by which a kernel says that an agent can delegate for it (kernel-specs/abi,
 * diver/enclave_note.h).
 *
 * @param channelVersion of the channel that it speaks
 * @param enclaveVersion of the boot information that it reads; 0: it is no co-kernel
 * @param entry virtual address at which it is entered as a co-kernel
 */
public record CoKernelNote(int channelVersion, int enclaveVersion, long entry) {

  /** DIVER_CHANNEL_VERSION of the agent that comes with this Diver. */
  public static final int CHANNEL_VERSION = 1;

  /** DIVER_ENCLAVE_VERSION of the agent that comes with this Diver. */
  public static final int ENCLAVE_VERSION = 2;

  /**
   * Reads a kernel whose calls an agent is to serve.
   *
   * @param name of the kernel, for people
   * @throws dev.diver.kernels.failure.DiverException UNSUPPORTED where it does not delegate, or by
   *     another version of the channel
   */
  public static CoKernelNote requireDelegator(ElfFile kernel, String name) {
    CoKernelNote note =
        kernel
            .coKernel()
            .orElseThrow(
                () ->
                    unsupported(
                        name + " does not forward system calls: its image has no note of Diver's.",
                        "Use a kernel that does, such as remora."));
    if (note.channelVersion() != CHANNEL_VERSION) {
      throw otherVersion(name, "channel", note.channelVersion(), CHANNEL_VERSION);
    }
    return note;
  }

  /** The same for one that is to be entered beside a Linux. */
  public static CoKernelNote requireCoKernel(ElfFile kernel, String name) {
    CoKernelNote note = requireDelegator(kernel, name);
    if (note.enclaveVersion() == 0) {
      throw unsupported(
          name + " is no co-kernel: it cannot be started beside a Linux.",
          "Use one that can, such as remora.");
    }
    if (note.enclaveVersion() != ENCLAVE_VERSION) {
      throw otherVersion(name, "enclave", note.enclaveVersion(), ENCLAVE_VERSION);
    }
    return note;
  }

  private static RuntimeException otherVersion(String name, String what, int its, int ours) {
    return unsupported(
        name
            + " was built for version "
            + its
            + " of the "
            + what
            + ", and this Diver's agent speaks version "
            + ours
            + ".",
        its > ours ? "Use a newer Diver." : "Use a newer version of the kernel.");
  }

  private static RuntimeException unsupported(String what, String remedy) {
    return new Failure(Failure.Kind.UNSUPPORTED, what, remedy).exception();
  }
}
