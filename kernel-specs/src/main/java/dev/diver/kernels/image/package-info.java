/** What a kernel's file is and how it boots, told from its headers: nothing is executed. */
@NullMarked
package dev.diver.kernels.image;

import org.jspecify.annotations.NullMarked;
