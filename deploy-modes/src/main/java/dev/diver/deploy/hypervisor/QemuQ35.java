package dev.diver.deploy.hypervisor;

/** QEMU's {@code q35}: a chipset with PCI Express and AHCI. */
public final class QemuQ35 extends QemuHypervisor {
  public QemuQ35() {
    super(Q35, "q35");
  }
}
