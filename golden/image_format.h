/* SPDX-License-Identifier: Apache-2.0 */
/* image_format.h - the .tsp file. All numbers are little-endian.
 *
 *   file     magic[8] u32 version, then the sections HEAD TENS TEXT DEBG BOND, each once and in this order
 *   section  tag[4] u64 length, payload[length], u32 CRC-32 of all before it in the section
 *   string   u8 length, characters
 *   HEAD     string config, u64 table hash, string kernel, u64 predicted cycles
 *   TENS     u32 count, each: string name, u8 type, u8 role, u8 rank, u32 shape[rank], u32 pieces, each: u16 slice,
 *            u8 byte, u32 addr, u32 count, i32 addr_step, u32 lanes, i64 first, i64 vec_step, i64 lane_step;
 *            u64 data bytes, data
 *   TEXT     u32 queues, each: u32 length, u32 fetched, u64 word[length]
 *   DEBG     u32 count, each: u16 queue, u32 word, u64 cycle, i32 tensor, i64 first, i64 step, u32 line
 *   BOND     u32 count, each: string resource, u64 cycles
 */
#ifndef TSP_IMAGE_FORMAT_H
#define TSP_IMAGE_FORMAT_H

#define TSP_IMAGE_MAGIC "\x89TSP\r\n\x1a\n" /* shows a transfer that changed line ends or cut the eighth bit */

enum {
  TSP_IMAGE_VERSION = 2,
  TSP_IMAGE_MAGIC_BYTES = 8,
  TSP_IMAGE_HEADER_BYTES = 12,
  TSP_IMAGE_TAG_BYTES = 4,
  TSP_IMAGE_SECTION_BYTES = 12, /* tag and length */
  TSP_IMAGE_CRC_BYTES = 4,
  TSP_IMAGE_TENSOR_BYTES = 21, /* least size of an element of a list: a hostile count is found before allocation */
  TSP_IMAGE_PIECE_BYTES = 43,
  TSP_IMAGE_DEBUG_BYTES = 38,
  TSP_IMAGE_BOUND_BYTES = 9
};

#endif
