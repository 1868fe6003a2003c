;; Gives a page after every page: its cursor is always one character longer than the last one, and so is
;; the notice of some 60,000 characters that is all there is on a page.
(func $validate (result i32) (call $nobody))
(func $list (param $cursor i32) (param $length i32) (result i32)
  (drop (memory.grow (i32.const 2)))
  (drop (call $nobody))
  (i32.store (i32.const 552) (i32.const 2048))
  (i32.store (i32.const 556) (i32.const 1))
  (i32.store offset=32 (i32.const 2048) (i32.const 4096))
  (i32.store offset=36 (i32.const 2048) (i32.add (i32.const 60000) (local.get $length)))
  (i32.store8 (i32.const 560) (i32.const 1))
  (i32.store (i32.const 564) (i32.const 65536))
  (i32.store (i32.const 568) (i32.add (local.get $length) (i32.const 1)))
  (i32.const 512))
